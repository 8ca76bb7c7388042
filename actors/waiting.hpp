// The form of a call that waits for its reply.
#pragma once

#include <future>

#include "sluice/stored_limits.hpp"

namespace sluice {

/// Hands a reply to `start`, and waits until it is called.
template <class T, class Start>
Result<T> wait_for_reply(Start start) {
  std::promise<Result<T>> promise;
  auto answer = promise.get_future();
  start(Reply<T>([&promise](Result<T> result) { promise.set_value(std::move(result)); }));
  return answer.get();
}

} // namespace sluice
