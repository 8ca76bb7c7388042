#include "http/program/log.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <unistd.h>

#include "http/program/escape.hpp"

namespace sluice::program {

namespace {

using namespace std::chrono;

std::string_view name_of(LogLevel level) {
  static constexpr std::array<std::string_view, 4> names = {"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}

std::string utc(WallTime now) {
  auto since = now.time_since_epoch();
  auto whole = static_cast<std::time_t>(floor<seconds>(since).count());
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char text[32];
  auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &parts);
  auto millis = std::to_string((since - floor<seconds>(since)).count());
  return std::string(text, size) + std::string(3 - millis.size(), '0') + millis + "Z";
}

bool is_plain(std::string_view value) {
  static constexpr std::string_view others = "_-.:/,@+%*()[]";
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

void add_word(std::string& text, std::string_view name, std::string_view value) {
  text.append(text.empty() ? "" : " ").append(name).append("=");
  text.append(is_plain(value) ? std::string(value) : json_string(value));
}

void add_member(std::string& text, std::string_view name, std::string_view value) {
  text.append(text.empty() ? "{" : ",").append(json_string(name)).append(":").append(json_string(value));
}

template <class Add>
std::string format(const LogLine& line, WallTime now, Add add) {
  std::string text;
  add(text, "time", utc(now));
  add(text, "level", name_of(line.level));
  add(text, "msg", line.message);
  for (const auto& field : line.fields)
    add(text, field.name, field.value);
  return text;
}

// One call for a whole line: lines of other threads do not mix with it. What nobody can
// take (a closed or full pipe) is dropped, for the log must never hold up deliveries.
void write_line(const std::string& text) {
  [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

} // namespace

std::string logfmt_line(const LogLine& line, WallTime now) { return format(line, now, add_word) + "\n"; }
std::string json_line(const LogLine& line, WallTime now) { return format(line, now, add_member) + "}\n"; }

LogSink standard_error_log(LogFormat format, LogLevel least) {
  return [format, least](const LogLine& line) {
    if (line.level < least)
      return;
    auto now = floor<milliseconds>(std::chrono::system_clock::now());
    write_line(format == LogFormat::json ? json_line(line, now) : logfmt_line(line, now));
  };
}

} // namespace sluice::program
