#include "actors/event_loop_impl.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace sluice {

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  impl_->runner = std::this_thread::get_id();
  impl_->io.restart();
  auto guard = boost::asio::make_work_guard(impl_->io);
  impl_->io.run();
  impl_->runner = std::thread::id{};
}

void EventLoop::stop() { impl_->io.stop(); }

void EventLoop::post(std::function<void()> work) { boost::asio::post(impl_->io, std::move(work)); }

bool EventLoop::is_current() const noexcept { return impl_->runner.load() == std::this_thread::get_id(); }

bool EventLoop::is_running() const noexcept { return impl_->runner.load() != std::thread::id{}; }

} // namespace sluice
