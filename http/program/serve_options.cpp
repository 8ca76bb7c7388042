#include "http/program/serve_options.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "actors/core/address_policy.hpp"
#include "actors/core/duration.hpp"
#include "actors/core/text.hpp"
#include "http/program/values.hpp"

namespace sluice::program {

namespace {

constexpr std::int64_t most_body = std::int64_t{1} << 30;
constexpr std::int64_t most_things = 1'000'000;

bool set_text(std::string& target, std::string_view text) {
  target = text;
  return !text.empty();
}

template <class Number>
bool set_number(Number& target, std::string_view text, std::int64_t least, std::int64_t most) {
  auto number = read_number(text, least, most);
  if (number)
    target = static_cast<Number>(*number);
  return number.has_value();
}

bool set_bytes(std::size_t& target, std::string_view text, std::int64_t least, std::int64_t most) {
  auto bytes = read_bytes(text);
  return bytes && set_number(target, std::to_string(*bytes), least, most);
}

bool set_duration(Duration& target, std::string_view text, Duration least) {
  auto duration = core::parse_duration(text, {});
  if (!duration || *duration < least)
    return false;
  target = *duration;
  return true;
}

template <class Value>
struct Choice {
  std::string_view name;
  Value value;
};

template <class Value, std::size_t count>
bool set_choice(Value& target, std::string_view text, const std::array<Choice<Value>, count>& choices) {
  auto found = std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.name == text; });
  if (found == choices.end())
    return false;
  target = found->value;
  return true;
}

constexpr std::array durabilities = {Choice<Durability>{"full", Durability::full},
                                     Choice<Durability>{"normal", Durability::normal},
                                     Choice<Durability>{"memory", Durability::memory}};
constexpr std::array levels = {Choice<LogLevel>{"debug", LogLevel::debug}, Choice<LogLevel>{"info", LogLevel::info},
                               Choice<LogLevel>{"warn", LogLevel::warning}, Choice<LogLevel>{"error", LogLevel::error}};
constexpr std::array formats = {Choice<LogFormat>{"logfmt", LogFormat::logfmt},
                                Choice<LogFormat>{"json", LogFormat::json}};

bool set_listen(ServeArguments& arguments, std::string_view text) {
  auto address = read_address(text);
  if (!address)
    return false;
  arguments.host = address->host;
  arguments.port = address->port;
  return true;
}

// A header must be able to carry it.
bool set_token(ServeArguments& arguments, std::string_view text) {
  bool is_visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return is_visible && set_text(arguments.token, text);
}

bool set_destinations(ServeArguments& arguments, std::string_view text) {
  return core::parse_allow_list(text).has_value() && set_text(arguments.allow_destinations, text);
}

bool set_ca_file(ServeArguments& arguments, std::string_view text) {
  return set_text(arguments.ca_file, text) && ::access(arguments.ca_file.c_str(), R_OK) == 0;
}

constexpr std::string_view a_retention = "a duration from 1m on, such as 2m, 12h or 30d";

constexpr std::array options = {
    ServeOption{"data", "DIR", "Where everything is kept; made if it is missing", "./sluice-data", "a directory",
                [](ServeArguments& all, std::string_view text) { return set_text(all.data, text); }},
    ServeOption{"port", "N", "Port to listen on, on 127.0.0.1; 0 takes any free one", "8080",
                "a number from 0 to 65535",
                [](ServeArguments& all, std::string_view text) { return set_number(all.port, text, 0, 65'535); }},
    ServeOption{"listen", "HOST:PORT", "Numeric address and port to listen on, instead of --port", "127.0.0.1:8080",
                "a numeric address and a port, such as 0.0.0.0:8080 or [::1]:8080", set_listen},
    ServeOption{
        "token", "TOKEN",
        "What clients authenticate with instead of the token that is kept in DIR; better given as SLUICE_TOKEN, for "
        "everybody sees command lines",
        "", "visible ASCII characters without blanks", set_token},
    ServeOption{
        "durability", "LEVEL",
        "What an accepted message survives: full (loss of power), normal (end of the "
        "process) or memory (nothing)",
        "full", "full, normal or memory",
        [](ServeArguments& all, std::string_view text) { return set_choice(all.durability, text, durabilities); }},
    ServeOption{"allow-destinations", "LIST", "Addresses to deliver to besides public ones: private (all), or ranges",
                "", "private, or addresses and ranges separated by commas, such as 10.0.0.0/8,fd00::/8",
                set_destinations},
    ServeOption{"ca-file", "FILE", "Certificates (PEM) to trust besides the system's", "", "a file that can be read",
                set_ca_file},
    ServeOption{
        "global-parallelism", "N", "Calls in flight at once, over all keys", "512", "a number from 1 to 100000",
        [](ServeArguments& all, std::string_view text) { return set_number(all.global_parallelism, text, 1, 100'000); },
        true},
    ServeOption{
        "max-body", "BYTES", "How large one message may be", "1MiB", "bytes from 1 to 1GiB, such as 65536 or 4MiB",
        [](ServeArguments& all, std::string_view text) { return set_bytes(all.max_body, text, 1, most_body); }, true},
    ServeOption{"max-batch", "BYTES", "How large the body of one batch may be", "16MiB",
                "bytes from 1 to 1GiB, such as 65536 or 100MiB",
                [](ServeArguments& all, std::string_view text) { return set_bytes(all.max_batch, text, 1, most_body); },
                true},
    ServeOption{
        "max-head", "BYTES", "How large the head of one request may be", "64KiB",
        "bytes from 1KiB to 16MiB, such as 65536 or 128KiB",
        [](ServeArguments& all, std::string_view text) { return set_bytes(all.max_head, text, 1 << 10, 16 << 20); },
        true},
    ServeOption{
        "max-headers", "BYTES", "How large the headers of one message may be together", "64KiB",
        "bytes up to 16MiB, such as 65536 or 128KiB",
        [](ServeArguments& all, std::string_view text) { return set_bytes(all.max_headers, text, 0, 16 << 20); }, true},
    ServeOption{
        "max-response", "BYTES", "How much of the body of a destination's answer is kept", "1MiB",
        "bytes up to 1GiB, such as 65536 or 4MiB",
        [](ServeArguments& all, std::string_view text) { return set_bytes(all.max_response, text, 0, most_body); },
        true},
    ServeOption{"max-connections", "N", "Clients at once", "10000", "a number from 1 to 1000000",
                [](ServeArguments& all, std::string_view text) {
                  return set_number(all.max_connections, text, 1, most_things);
                },
                true},
    ServeOption{
        "max-retries", "N", "How many retries a message may ask for", "100", "a number up to 1000000",
        [](ServeArguments& all, std::string_view text) { return set_number(all.max_retries, text, 0, most_things); },
        true},
    ServeOption{
        "max-delay", "D", "How long a message may be delayed", "365d", "a duration, such as 7d or 365d",
        [](ServeArguments& all, std::string_view text) { return set_duration(all.max_delay, text, Duration{0}); },
        true},
    ServeOption{"max-timeout", "D", "How long one attempt may take", "15m", "a duration from 1s on, such as 30s or 2h",
                [](ServeArguments& all, std::string_view text) {
                  return set_duration(all.max_timeout, text, std::chrono::seconds{1});
                },
                true},
    ServeOption{
        "max-queues", "N", "How many queues there may be", "1000", "a number up to 1000000",
        [](ServeArguments& all, std::string_view text) { return set_number(all.max_queues, text, 0, most_things); },
        true},
    ServeOption{"max-queue-parallelism", "N", "What the parallelism of a queue may be set to", "100000",
                "a number from 1 to 100000",
                [](ServeArguments& all,
                   std::string_view text) { return set_number(all.max_queue_parallelism, text, 1, 100'000); },
                true},
    ServeOption{
        "max-schedules", "N", "How many schedules there may be", "1000", "a number up to 1000000",
        [](ServeArguments& all, std::string_view text) { return set_number(all.max_schedules, text, 0, most_things); },
        true},
    ServeOption{
        "max-url-groups", "N", "How many URL groups there may be", "1000", "a number up to 1000000",
        [](ServeArguments& all, std::string_view text) { return set_number(all.max_url_groups, text, 0, most_things); },
        true},
    ServeOption{
        "max-endpoints", "N", "How many endpoints a URL group may have", "100", "a number from 1 to 1000000",
        [](ServeArguments& all, std::string_view text) { return set_number(all.max_endpoints, text, 1, most_things); },
        true},
    ServeOption{"memory-limit", "BYTES", "How much may be kept where everything is kept in memory", "1GiB",
                "bytes from 1MiB on, such as 512MiB or 20GiB",
                [](ServeArguments& all,
                   std::string_view text) { return set_bytes(all.memory_limit, text, 1 << 20, std::int64_t{1} << 50); },
                true},
    ServeOption{"retention-finished", "D", "How long a message that has ended can be read by its id", "2m", a_retention,
                [](ServeArguments& all, std::string_view text) {
                  return set_duration(all.retention.finished, text, std::chrono::minutes{1});
                }},
    ServeOption{"retention-events", "D", "How long the log shows events and their messages", "3d", a_retention,
                [](ServeArguments& all, std::string_view text) {
                  return set_duration(all.retention.events, text, std::chrono::minutes{1});
                }},
    ServeOption{"retention-max-events", "N",
                "How many events the log keeps at most; a million takes some 50 MB of memory", "1000000",
                "a number from 1000 to 1000000000",
                [](ServeArguments& all,
                   std::string_view text) { return set_number(all.retention.max_events, text, 1000, 1'000'000'000); }},
    ServeOption{
        "retention-size", "BYTES",
        "How much ended messages may take that the log still shows; the oldest events go with them", "1GiB",
        "bytes from 1MiB on, such as 512MiB or 20GiB",
        [](ServeArguments& all,
           std::string_view
               text) { return set_bytes(all.retention.max_finished_bytes, text, 1 << 20, std::int64_t{1} << 50); }},
    ServeOption{"retention-dlq", "D", "How long failed messages are kept", "7d", a_retention,
                [](ServeArguments& all, std::string_view text) {
                  return set_duration(all.retention.dlq, text, std::chrono::minutes{1});
                }},
    ServeOption{"reserve", "BYTES", "Disk space held back, so that deliveries go on when the disk is full", "16MiB",
                "bytes, such as 16MiB, up to 1GiB",
                [](ServeArguments& all, std::string_view text) { return set_bytes(all.reserve, text, 0, most_body); }},
    ServeOption{
        "shutdown-grace", "D", "How long a stop waits for calls in flight", "30s", "a duration, such as 30s or 2m",
        [](ServeArguments& all, std::string_view text) { return set_duration(all.shutdown_grace, text, Duration{0}); }},
    ServeOption{"log-level", "LEVEL", "The least important lines to log: debug, info, warn or error", "info",
                "debug, info, warn or error",
                [](ServeArguments& all, std::string_view text) { return set_choice(all.log_level, text, levels); }},
    ServeOption{"log-format", "FORMAT", "Of the log on standard error: logfmt or json", "logfmt", "logfmt or json",
                [](ServeArguments& all, std::string_view text) { return set_choice(all.log_format, text, formats); }},
};

} // namespace

std::span<const ServeOption> serve_options() { return options; }

std::string variable_of(const ServeOption& option) {
  std::string name = "SLUICE_";
  for (char c : option.name)
    name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name;
}

} // namespace sluice::program
