#include "actors/core/names.hpp"
#include "http/api/audit.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_url_group.hpp"

namespace sluice::http {

namespace {

Result<UrlGroupName> read_name(const Call& call) {
  auto decoded = percent_decode(call.route.argument);
  UrlGroupName name{decoded ? std::move(*decoded) : std::string(call.route.argument)};
  auto valid = core::check(name);
  return valid ? Result<UrlGroupName>(std::move(name)) : valid.error();
}

Reply<void> answer(Respond respond) {
  return [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
}

// Reads name and body, then `act`s; the log says what was asked for.
template <class Read, class Act>
void change(Call call, std::string action, Read read, Act act) {
  auto name = read_name(call);
  if (!name)
    return call.respond(error_response(name.error()));
  auto body = read(call.request.body);
  if (!body)
    return call.respond(error_response(body.error()));
  auto respond =
      audited(std::move(call.respond), call.options.log, {.name = std::move(action), .key = name->text}, call.by);
  act(*std::move(name), *std::move(body), std::move(call.by), answer(std::move(respond)));
}

} // namespace

void list_url_groups(Call call) {
  call.scheduler.url_groups([respond = std::move(call.respond)](Result<std::vector<UrlGroup>> groups) {
    respond(groups ? ApiResponse{.body = url_groups_json(*groups)} : error_response(groups.error()));
  });
}

void get_url_group(Call call) {
  auto name = read_name(call);
  if (!name)
    return call.respond(error_response(name.error()));
  call.scheduler.url_group(*std::move(name), [respond = std::move(call.respond)](Result<UrlGroup> group) {
    respond(group ? ApiResponse{.body = url_group_json(*group)} : error_response(404, "url group not found"));
  });
}

void set_url_group_defaults(Call call) {
  auto& scheduler = call.scheduler;
  change(std::move(call), "setDefaults", read_defaults_json, [&](auto name, auto defaults, auto by, auto reply) {
    scheduler.set_url_group_defaults(std::move(name), std::move(defaults), std::move(by), std::move(reply));
  });
}

void delete_url_group(Call call) {
  auto& scheduler = call.scheduler;
  change(
      std::move(call), "deleteUrlGroup", [](std::string_view) { return Result<bool>(true); },
      [&](auto name, bool, auto by, auto reply) {
        scheduler.delete_url_group(std::move(name), std::move(by), std::move(reply));
      });
}

void add_endpoints(Call call) {
  auto& scheduler = call.scheduler;
  change(std::move(call), "addEndpoints", read_endpoints_json, [&](auto name, auto endpoints, auto by, auto reply) {
    scheduler.add_endpoints(std::move(name), std::move(endpoints), std::move(by), std::move(reply));
  });
}

void remove_endpoints(Call call) {
  auto& scheduler = call.scheduler;
  change(std::move(call), "removeEndpoints", read_endpoint_selectors_json,
         [&](auto name, auto which, auto by, auto reply) {
           scheduler.remove_endpoints(std::move(name), std::move(which), std::move(by), std::move(reply));
         });
}

} // namespace sluice::http
