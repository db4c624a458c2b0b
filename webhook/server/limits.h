#pragma once

#include <chrono>
#include <cstddef>

namespace tidewaiter {

// What a peer may cost us. Any pod of the cluster can connect, so every wait has an absolute end
// and every amount a bound. The first three are flags of `serve`; the rest are constants.
struct Limits {
  std::size_t max_body = 7 << 20;  // an UPDATE carries two objects of at most 3 MiB
  std::size_t max_connections = 2048;
  std::chrono::seconds shutdown_delay{10};

  std::chrono::milliseconds handshake{3000};  // from accept
  std::chrono::milliseconds head{3000};       // from the head's first byte
  std::chrono::milliseconds body{5000};
  std::chrono::milliseconds write{5000};
  std::size_t body_bytes_per_second = 64 << 10;  // looked at every second after the first
  std::size_t max_head = 8 << 10;
  std::size_t max_headers = 40;

  std::size_t bodies_in_flight = 64 << 20;  // of all connections together
  // Connections of one address that have not sent a valid review yet.
  std::size_t unproven_per_source = 256;
  double accepts_per_second = 200;  // of one address
  double accept_burst = 500;

  // Longer than the 90 s after which Go's client closes: then the client closes first, and no
  // request meets our close, which would be lost without a retry.
  std::chrono::milliseconds idle_proven{120'000};
  std::chrono::milliseconds idle_unproven{5000};
  std::chrono::milliseconds connection_age{600'000};  // then load moves to other replicas

  // After a refusal the rest of the request is read for a moment: closing with unread bytes would
  // make the kernel send a reset, and the client would never see the answer.
  std::chrono::milliseconds drain{100};
  std::size_t drain_bytes = 64 << 10;

  // How often files are looked at even if nobody tells of a change in them.
  std::chrono::milliseconds file_poll{60'000};
  std::chrono::milliseconds log_wait{250};     // for room in a full pipe
  std::chrono::milliseconds shutdown{25'000};  // from SIGTERM to the end, whatever happens
};

}  // namespace tidewaiter
