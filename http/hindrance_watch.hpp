// Notices when a scheduler begins to refuse messages, and when it takes them again.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include "sluice/log.hpp"
#include "sluice/scheduler.hpp"

namespace sluice::http {

/// Lives on the loop's thread, and ends before the scheduler does.
class HindranceWatch {
public:
  /// Asks once per `interval` from now on and writes a line when the answer has changed.
  HindranceWatch(boost::asio::io_context& io, Scheduler& scheduler, LogSink log,
                 Duration interval = std::chrono::seconds{1});
  ~HindranceWatch();
  HindranceWatch(const HindranceWatch&) = delete;
  HindranceWatch& operator=(const HindranceWatch&) = delete;

private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  void ask_later();
  void ask();
  void on_answer(const std::string& hindrance);

  Timer timer_;
  Scheduler& scheduler_;
  LogSink log_;
  Duration interval_;
  std::string known_;
  std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< A timer or an answer may come too late.
};

} // namespace sluice::http
