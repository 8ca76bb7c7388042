#include "http/api/schedule_headers.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "http/api/publish_headers.hpp"

namespace sluice::http {

bool asks_for_schedule(std::span<const HeaderView> headers, std::string_view query) {
  auto cron = name_of(Setting::cron);
  auto header = std::find_if(headers.begin(), headers.end(),
                             [&](const HeaderView& one) { return core::equals_ignoring_case(one.name, cron); });
  if (header != headers.end())
    return !header->value.empty();
  auto parameters = split_query(query);
  return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& one) {
    return core::equals_ignoring_case(form_decode(one.name).value_or(""), cron) && !one.value.empty();
  });
}

Result<ScheduleSpec> read_schedule_headers(std::span<const HeaderView> headers, std::string_view query,
                                           std::span<const HeaderView> defaults) {
  Settings settings;
  if (auto taken = settings.take_all(headers, query, defaults); !taken)
    return taken.error();
  auto request = read_publish_settings(settings, headers);
  if (!request)
    return request.error();
  ScheduleSpec spec;
  if (auto id = settings[Setting::schedule_id].value_or(""); !id.empty())
    spec.id = ScheduleId{std::string(id)};
  spec.cron = settings[Setting::cron].value_or("");
  spec.request = *std::move(request);
  return spec;
}

} // namespace sluice::http
