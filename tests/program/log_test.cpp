#include "http/program/log.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::program;

namespace {

const WallTime t0{std::chrono::milliseconds{1'700'000'000'007}};

std::string logfmt_value(const std::string& value) {
  auto line = logfmt_line({LogLevel::info, "m", {{"key", value}}}, t0);
  const std::string before = "time=2023-11-14T22:13:20.007Z level=info msg=m key=";
  REQUIRE(line.starts_with(before));
  REQUIRE(line.ends_with("\n"));
  return line.substr(before.size(), line.size() - before.size() - 1);
}

} // namespace

TEST_CASE("A log line is words with names", "[program]") {
  LogLine line{LogLevel::warning, "connections refused", {{"reason", "too many"}, {"count", "3"}}};
  CHECK(logfmt_line(line, t0) ==
        "time=2023-11-14T22:13:20.007Z level=warn msg=\"connections refused\" reason=\"too many\" count=3\n");
  CHECK(json_line(line, t0) == R"({"time":"2023-11-14T22:13:20.007Z","level":"warn","msg":"connections refused",)"
                               R"("reason":"too many","count":"3"})"
                               "\n");
}

TEST_CASE("No value can begin a line or a field of its own, or command a terminal", "[program]") {
  CHECK(logfmt_value("orders/eu-1:a@b") == "orders/eu-1:a@b");
  CHECK(logfmt_value("") == R"("")");
  CHECK(logfmt_value("a b=c") == R"("a b=c")");
  CHECK(logfmt_value("a\r\ntime=x level=error") == R"("a\r\ntime=x level=error")");
  CHECK(logfmt_value("say \"hi\" \\ bye") == R"("say \"hi\" \\ bye")");
  CHECK(logfmt_value(std::string("\x1b]0;x\x07\0\x7f\t", 9)) == R"("\u001b]0;x\u0007\u0000\u007f\t")");
  CHECK(logfmt_value("gr\u00fc\u00dfe \U0001f600") == "\"gr\u00fc\u00dfe \U0001f600\"");
  CHECK(logfmt_value("\u009b2J\u2028\u202e\u2066\u200b\ufeff") == R"("\u009b2J\u2028\u202e\u2066\u200b\ufeff")");
  CHECK(logfmt_value("a\xc2\xff\n") == R"("a\ufffd\ufffd\n")");
}
