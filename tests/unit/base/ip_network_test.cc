#include "webhook/base/ip_network.h"

#include <gtest/gtest.h>

namespace tidewaiter {
namespace {

TEST(IpAddress, OnlyTheUsualForms) {
  for (const std::string text : {"192.0.2.7", "0.0.0.0", "2001:db8::7", "::", "::ffff:192.0.2.7"}) {
    const auto address = ParseIpAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(ToString(*address), text);
  }
  EXPECT_EQ(ToString(*ParseIpAddress("2001:DB8:0::7")), "2001:db8::7");
  const std::string with_nul("192.0.2.7\0x", 11);
  for (const std::string& text :
       {std::string("192.0.2"), std::string("0300.0.2.7"), std::string("192.0.2.07"),
        std::string("192.0.2.7/32"), std::string(" 192.0.2.7"), std::string("3221225991"),
        std::string("fe80::1%eth0"), std::string("[::1]"), std::string(""),
        std::string(100'000, '1'), with_nul}) {
    EXPECT_FALSE(ParseIpAddress(text)) << text.substr(0, 40);
  }
}

TEST(IpNetwork, Contains) {
  struct Case {
    std::string network;
    std::string inside;
    std::string outside;
  };
  for (const Case& c :
       {Case{"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
        Case{"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
        Case{"192.0.2.7/32", "192.0.2.7", "192.0.2.6"}, Case{"0.0.0.0/0", "203.0.113.9", "::"},
        Case{"::/0", "2001:db8::7", "192.0.2.7"},
        Case{"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        Case{"192.0.2.0/24", "192.0.2.1", "::ffff:192.0.2.1"}}) {
    std::string error;
    const auto network = ParseIpNetwork(c.network, error);
    ASSERT_TRUE(network) << error;
    EXPECT_TRUE(network->Contains(*ParseIpAddress(c.inside))) << c.network;
    EXPECT_FALSE(network->Contains(*ParseIpAddress(c.outside))) << c.network;
  }
}

TEST(IpNetwork, Mistakes) {
  const auto error_of = [](const std::string& text) {
    std::string error;
    EXPECT_FALSE(ParseIpNetwork(text, error)) << text;
    return error;
  };
  for (const std::string text : {"192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/024",
                                 "192.0.2.0/-1", "192.0.2.0/24 ", "2001:db8::/129", "/24", ""}) {
    EXPECT_EQ(error_of(text),
              "\"" + text + "\" is no network, as in 192.0.2.0/24 or 2001:db8::/32");
  }
  EXPECT_EQ(error_of("192.0.2.7/24"),
            "\"192.0.2.7/24\" has bits behind its prefix; the network is 192.0.2.0/24");
}

}  // namespace
}  // namespace tidewaiter
