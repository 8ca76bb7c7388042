#include "http/hindrance_watch.hpp"

namespace sluice::http {

HindranceWatch::HindranceWatch(boost::asio::io_context& io, Scheduler& scheduler, LogSink log, Duration interval)
    : timer_(io), scheduler_(scheduler), log_(std::move(log)), interval_(interval) {
  ask_later();
}

HindranceWatch::~HindranceWatch() = default;

void HindranceWatch::ask_later() {
  timer_.expires_after(interval_);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired())
      ask();
  });
}

void HindranceWatch::ask() {
  scheduler_.hindrance([this, alive = std::weak_ptr(alive_)](Result<std::string> hindrance) {
    if (alive.expired())
      return;
    on_answer(hindrance ? *hindrance : hindrance.error().message);
    ask_later();
  });
}

void HindranceWatch::on_answer(const std::string& hindrance) {
  if (hindrance == known_)
    return;
  known_ = hindrance;
  if (hindrance.empty())
    log_({LogLevel::info, "messages are accepted again"});
  else
    log_({LogLevel::error, "messages are refused", {{"reason", hindrance}}});
}

} // namespace sluice::http
