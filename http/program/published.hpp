// The credentials of the vendor's published test users: everybody knows them.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::program {

struct PublishedUser {
  std::string_view token;
  std::string_view current_key;
  std::string_view next_key;
};

/// From the documentation of local development; SDKs compare with the first to recognise a
/// development server (spec §1.5).
inline constexpr std::array<PublishedUser, 4> published_users = {{
    {"eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=", "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r",
     "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs"},
    {"eyJVc2VySUQiOiJ0ZXN0VXNlcjEiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9", "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM",
     "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua"},
    {"eyJVc2VySUQiOiJ0ZXN0VXNlcjIiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9", "sig_6jWGaWRxHsw4vMSPJprXadyvrybF",
     "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx"},
    {"eyJVc2VySUQiOiJ0ZXN0VXNlcjMiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9", "sig_5T8FcSsynBjn9mMLBsXhpacRovJf",
     "sig_7GFR4YaDshFcqsxWRZpRB161jguD"},
}};

inline constexpr const PublishedUser& dev_user = published_users[0];

/// True for a token or signing key of one of them.
constexpr bool is_published(std::string_view secret) {
  return std::any_of(published_users.begin(), published_users.end(), [&](const PublishedUser& user) {
    return secret == user.token || secret == user.current_key || secret == user.next_key;
  });
}

} // namespace sluice::program
