#include "http/api/pin_parameters.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "actors/core/text.hpp"
#include "http/api/parameters.hpp"

namespace sluice::http {

namespace {

constexpr auto no_bound = std::numeric_limits<std::int64_t>::max();

std::int64_t in_seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

Result<void> refuse_repeated(const std::vector<NamedValue>& parameters) {
  std::set<std::string_view> seen;
  for (const auto& parameter : parameters)
    if (!seen.insert(parameter.name).second)
      return invalid(parameter.name, "the parameter " + core::quoted(parameter.name) + " is given more than once");
  return {};
}

Error unknown(const NamedValue& parameter, std::string_view accepted) {
  return invalid(parameter.name,
                 "unknown parameter " + core::quoted(parameter.name) + "; accepted are " + std::string(accepted));
}

Result<void> read_limit(const NamedValue& parameter, std::optional<std::int64_t>& limit) {
  auto number = read_integer(parameter, 1, no_bound);
  if (!number)
    return number.error();
  limit = *number;
  return {};
}

Result<void> read_pin_part(const NamedValue& parameter, PinRequest& request) {
  if (parameter.name == "parallelism")
    return read_limit(parameter, request.parallelism);
  if (parameter.name == "rate")
    return read_limit(parameter, request.rate);
  if (parameter.name != "period")
    return unknown(parameter, "parallelism, rate and period");
  auto seconds = read_integer(parameter, in_seconds(min_rate_period), in_seconds(max_rate_period));
  if (!seconds)
    return seconds.error();
  request.period = std::chrono::seconds{*seconds};
  return {};
}

Result<void> read_unpin_part(const NamedValue& parameter, UnpinRequest& request) {
  if (parameter.name != "parallelism" && parameter.name != "rate")
    return unknown(parameter, "parallelism and rate");
  auto flag = read_flag(parameter);
  if (!flag)
    return flag.error();
  (parameter.name == "rate" ? request.rate : request.parallelism) = *flag;
  return {};
}

template <class Request>
Result<Request> read_parts(std::string_view query, Result<void> (*read)(const NamedValue&, Request&)) {
  auto parameters = read_parameters(query);
  if (!parameters)
    return parameters.error();
  if (auto once = refuse_repeated(*parameters); !once)
    return once.error();
  Request request;
  for (const auto& parameter : *parameters)
    if (auto part = read(parameter, request); !part)
      return part.error();
  return request;
}

} // namespace

Result<PinRequest> read_pin(std::string_view query) {
  auto request = read_parts<PinRequest>(query, read_pin_part);
  if (request && !request->parallelism && !request->rate && !request->period)
    return invalid("parallelism", "pin needs at least one of the parameters parallelism, rate and period");
  return request;
}

Result<UnpinRequest> read_unpin(std::string_view query) { return read_parts<UnpinRequest>(query, read_unpin_part); }

} // namespace sluice::http
