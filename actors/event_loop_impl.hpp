// What an EventLoop is made of; for the parts of sluice that own sockets or timers.
#pragma once

#include <atomic>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "sluice/event_loop.hpp"

namespace sluice {

class EventLoop::Impl {
public:
  /// One thread runs it: the hint spares locks.
  boost::asio::io_context io{1};
  std::atomic<std::thread::id> runner{};
};

} // namespace sluice
