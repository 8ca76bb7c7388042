#include "http/api/audit.hpp"
#include "http/api/dlq_selection.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_dlq.hpp"
#include "http/api/retry_headers.hpp"
#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

ApiResponse missing() { return error_response(404, "dlq message not found"); }

// Selects the one entry that the path names; nothing if the path names none.
std::optional<DlqBulk> only_entry(const Call& call) {
  auto id = DlqId::parse(call.route.argument);
  if (!id)
    return std::nullopt;
  DlqBulk bulk;
  bulk.filter.ids = {*id};
  return bulk;
}

Respond audited_dlq(Call& call, std::string action) {
  Action taken{std::move(action), {}, {}};
  if (auto id = std::string(call.route.argument); !id.empty())
    taken.arguments.push_back({"dlq", std::move(id)});
  return audited(std::move(call.respond), call.options.log, std::move(taken), call.by);
}

void write(DlqPage page, std::size_t body_limit, Later later, Respond respond) {
  auto cursor = page.cursor;
  auto entries = std::make_shared<std::vector<DlqEntry>>(std::move(page.entries));
  // Each entry goes when it is written: its text takes as much memory.
  auto text_of = [entries, body_limit](std::size_t item) {
    return dlq_entry_json(std::exchange((*entries)[item], {}), body_limit);
  };
  write_list(std::move(later), dlq_json_begin, entries->size(), std::move(text_of),
             [cursor, respond = std::move(respond)](LongText text) {
               text.add(dlq_json_end(cursor));
               respond(long_response(std::move(text)));
             });
}

} // namespace

void list_dlq(Call call) {
  auto listing = read_dlq_listing(call.target.query);
  if (!listing)
    return call.respond(error_response(listing.error()));
  auto answer = [later = call.options.later, respond = std::move(call.respond),
                 body_limit = listing->body_limit](Result<DlqPage> page) mutable {
    if (!page)
      return respond(error_response(page.error()));
    write(*std::move(page), body_limit, std::move(later), std::move(respond));
  };
  call.scheduler.dlq(std::move(listing->query), std::move(answer));
}

void get_dlq_entry(Call call) {
  auto id = DlqId::parse(call.route.argument);
  if (!id)
    return call.respond(missing());
  call.scheduler.dlq_entry(*id,
                           [later = call.options.later, respond = std::move(call.respond)](Result<DlqEntry> entry) {
                             if (!entry)
                               return respond(error_response(entry.error()));
                             respond_with(later, respond, dlq_entry_json(*entry));
                           });
}

void delete_dlq_entry(Call call) {
  auto entry = only_entry(call);
  if (!entry)
    return call.respond(missing());
  auto respond = audited_dlq(call, "deleteDlq");
  call.scheduler.delete_dlq(std::move(*entry), std::move(call.by),
                            [respond = std::move(respond)](Result<DlqDeleted> deleted) {
                              if (!deleted)
                                return respond(error_response(deleted.error()));
                              respond(deleted->count == 0 ? missing() : ApiResponse{});
                            });
}

void delete_dlq_entries(Call call) {
  auto wanted = read_dlq_bulk(call.target.query, call.request.body);
  if (!wanted)
    return call.respond(error_response(wanted.error()));
  auto respond = audited_dlq(call, "deleteDlq");
  call.scheduler.delete_dlq(
      std::move(wanted->bulk), std::move(call.by), [respond = std::move(respond)](Result<DlqDeleted> deleted) {
        respond(deleted ? ApiResponse{.body = dlq_deleted_json(*deleted)} : error_response(deleted.error()));
      });
}

void retry_dlq_entry(Call call) {
  auto entry = only_entry(call);
  if (!entry)
    return call.respond(missing());
  auto overrides = read_retry_headers(call.request.headers, call.target.query);
  if (!overrides)
    return call.respond(error_response(overrides.error()));
  auto answer = [respond = audited_dlq(call, "retryDlq")](Result<DlqRetried> retried) {
    if (!retried)
      return respond(error_response(retried.error()));
    if (retried->messages.empty())
      return respond(missing());
    respond({.status = 201, .body = dlq_retried_json(retried->messages.front())});
  };
  call.scheduler.retry_dlq(std::move(*entry), std::move(*overrides), std::move(call.by), std::move(answer));
}

void retry_dlq_entries(Call call) {
  auto wanted = read_dlq_bulk(call.target.query, call.request.body);
  if (!wanted)
    return call.respond(error_response(wanted.error()));
  auto overrides = read_retry_headers(call.request.headers, call.target.query);
  if (!overrides)
    return call.respond(error_response(overrides.error()));
  auto answer = [respond = audited_dlq(call, "retryDlq"), by_name = wanted->names_entries](Result<DlqRetried> retried) {
    if (!retried)
      return respond(error_response(retried.error()));
    if (by_name && retried->messages.empty())
      return respond(missing());
    respond({.status = 201, .body = dlq_retried_json(*retried)});
  };
  call.scheduler.retry_dlq(std::move(wanted->bulk), std::move(*overrides), std::move(call.by), std::move(answer));
}

} // namespace sluice::http
