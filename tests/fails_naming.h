#pragma once
// That a mistake is told, and where it is: EXPECT_TRUE(fails_naming([&] { read_npz(path); }, {"f.npz",
// "W2"})).

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "plastic/base/error.h"

namespace plastic::fixtures {

template <class Act>
::testing::AssertionResult fails_naming(Act act, std::initializer_list<std::string> words) {
  try {
    act();
  } catch (const Error& error) {
    for (const std::string& word : words)
      if (std::string(error.what()).find(word) == std::string::npos)
        return ::testing::AssertionFailure() << "no \"" << word << "\" in: " << error.what();
    return ::testing::AssertionSuccess() << error.what();
  }
  return ::testing::AssertionFailure() << "no Error";
}

}  // namespace plastic::fixtures
