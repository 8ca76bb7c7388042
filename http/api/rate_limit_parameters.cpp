#include "http/api/rate_limit_parameters.hpp"

#include <algorithm>
#include <set>

#include "http/api/parameters.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t most_shards = 1024;
constexpr std::int64_t most_tokens = 1'000'000'000'000;

using Names = std::initializer_list<std::string_view>;

Error unknown(const std::string& name, Names accepted) {
  std::string names;
  for (const auto each : accepted)
    names.append(names.empty() ? "accepted are " : ", ").append(each);
  return invalid(name, "unknown parameter " + name + "; " + (names.empty() ? "none is accepted" : names));
}

// Each of them is one of `accepted`, and comes once.
Result<std::vector<NamedValue>> read_known(std::string_view query, Names accepted) {
  auto parameters = read_parameters(query);
  if (!parameters)
    return parameters.error();
  std::set<std::string_view> seen;
  for (const auto& [name, value] : *parameters) {
    if (std::find(accepted.begin(), accepted.end(), name) == accepted.end())
      return unknown(name, accepted);
    if (!seen.insert(name).second)
      return invalid(name, name + " is given more than once");
  }
  return parameters;
}

Result<void> read_part(NamedValue& parameter, BucketQuery& query) {
  if (parameter.name == "key") {
    query.key = std::move(parameter.value);
    return {};
  }
  const bool is_count = parameter.name == "count";
  const auto number = read_integer(parameter, 1, is_count ? most_tokens : most_shards);
  if (!number)
    return number.error();
  (is_count ? query.count : query.sample_shards.emplace()) = static_cast<double>(*number);
  return {};
}

} // namespace

Result<void> refuse_parameters(std::string_view query) {
  auto parameters = read_known(query, {});
  return parameters ? Result<void>{} : parameters.error();
}

Result<bool> wants_status(std::string_view query) {
  const auto parameters = read_known(query, {"status"});
  if (!parameters)
    return parameters.error();
  for (const auto& parameter : *parameters)
    if (parameter.value != "429" && parameter.value != "200")
      return bad_parameter(parameter, "200 or 429");
  return !parameters->empty() && parameters->front().value == "429";
}

Result<BucketQuery> read_bucket_query(std::string_view query, std::string name) {
  auto parameters = read_known(query, {"key", "count", "sampleShards"});
  if (!parameters)
    return parameters.error();
  BucketQuery bucket{.name = std::move(name)};
  for (auto& parameter : *parameters)
    if (auto read = read_part(parameter, bucket); !read)
      return read.error();
  return bucket;
}

} // namespace sluice::http
