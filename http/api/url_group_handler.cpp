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

Respond logged(Call& call, std::string action, const UrlGroupName& name) {
  return audited(std::move(call.respond), call.options.log, {.name = std::move(action), .key = name.text}, call.by);
}

Reply<void> answer(Respond respond) {
  return [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
}

template <class Part>
using Change = void (Scheduler::*)(UrlGroupName, Part, Operator, Reply<void>);

// Reads name and body, and has the scheduler make the change; the log says what was asked for.
template <class Part>
void change(Call call, std::string action, Result<Part> (*read)(std::string_view),
            std::type_identity_t<Change<Part>> make) {
  auto name = read_name(call);
  if (!name)
    return call.respond(error_response(name.error()));
  auto part = read(call.request.body);
  if (!part)
    return call.respond(error_response(part.error()));
  auto respond = logged(call, std::move(action), *name);
  (call.scheduler.*make)(*std::move(name), *std::move(part), std::move(call.by), answer(std::move(respond)));
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
  change(std::move(call), "setDefaults", read_defaults_json, &Scheduler::set_url_group_defaults);
}

void delete_url_group(Call call) {
  auto name = read_name(call);
  if (!name)
    return call.respond(error_response(name.error()));
  auto respond = logged(call, "deleteUrlGroup", *name);
  call.scheduler.delete_url_group(*std::move(name), std::move(call.by), answer(std::move(respond)));
}

void add_endpoints(Call call) {
  change(std::move(call), "addEndpoints", read_endpoints_json, &Scheduler::add_endpoints);
}

void remove_endpoints(Call call) {
  change(std::move(call), "removeEndpoints", read_endpoint_selectors_json, &Scheduler::remove_endpoints);
}

} // namespace sluice::http
