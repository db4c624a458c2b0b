#include "webhook/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidewaiter {
namespace {

TEST(Parallel, EveryIndexOnce) {
  for (const std::size_t threads : {0U, 1U, 2U, 7U, 64U}) {
    for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
      std::vector<std::atomic<int>> calls(count);
      ForEachIndex(count, threads, [&](std::size_t i) { ++calls.at(i); });
      for (const std::atomic<int>& n : calls) EXPECT_EQ(n, 1) << threads << " " << count;
    }
  }
}

TEST(Parallel, WhatIsThrownEndsTheWorkAndArrives) {
  for (const std::size_t threads : {1U, 4U}) {
    std::atomic<int> calls = 0;
    std::string caught;
    try {
      ForEachIndex(1'000'000, threads, [&](std::size_t i) {
        ++calls;
        if (i == 10) throw std::runtime_error("ten");
      });
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "ten");
    EXPECT_LT(calls, 1'000'000);
  }
}

}  // namespace
}  // namespace tidewaiter
