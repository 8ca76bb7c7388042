#include <set>
#include <unordered_map>

#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_log.hpp"
#include "http/api/log_selection.hpp"
#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

// A page on its way to being an answer.
struct LogAnswer {
  LogListing listing;
  LogPage page{};
  std::unordered_map<MessageId, std::string> message_fields{}; ///< The same for all events of a message.
};

// Cuts the page where one message too many would begin.
void keep_groups(LogPage& page, std::size_t count) {
  std::set<MessageId> messages;
  auto& entries = page.entries;
  for (std::size_t each = 0; each < entries.size(); ++each) {
    messages.insert(entries[each].message->id);
    if (messages.size() <= count)
      continue;
    entries.resize(each);
    page.cursor = entries.back().position;
  }
}

std::string text_of(LogAnswer& answer, std::size_t item) {
  const auto& entry = answer.page.entries[item];
  auto [fields, is_new] = answer.message_fields.try_emplace(entry.message->id);
  if (is_new)
    fields->second = log_message_fields(entry.message->request, answer.listing.body_limit);
  return log_entry_json(entry, fields->second, answer.listing.body_limit);
}

std::string grouped(const LogPage& page, std::vector<std::string> texts) {
  std::vector<GroupedEntry> entries;
  for (std::size_t each = 0; each < texts.size(); ++each)
    entries.push_back({page.entries[each].message->id, std::move(texts[each])});
  return grouped_log_json(entries, page.cursor);
}

void write(const std::shared_ptr<LogAnswer>& answer, Later later, Respond respond) {
  if (answer->listing.groups)
    keep_groups(answer->page, *answer->listing.groups);
  write_items(
      std::move(later), answer->page.entries.size(), [answer](std::size_t item) { return text_of(*answer, item); },
      [answer, respond = std::move(respond)](std::vector<std::string> texts) {
        const auto& page = answer->page;
        respond({.body = answer->listing.groups ? grouped(page, std::move(texts)) : log_json(texts, page.cursor)});
      });
}

} // namespace

void list_log(Call call) {
  auto listing = read_log_listing(call.target.query);
  if (!listing)
    return call.respond(error_response(listing.error()));
  auto query = listing->query;
  auto answer = std::make_shared<LogAnswer>(LogAnswer{*std::move(listing)});
  call.scheduler.log(std::move(query), [answer, later = call.options.later,
                                        respond = std::move(call.respond)](Result<LogPage> page) mutable {
    if (!page)
      return respond(error_response(page.error()));
    answer->page = *std::move(page);
    write(answer, std::move(later), std::move(respond));
  });
}

void list_audit(Call call) {
  auto query = read_audit_query(call.target.query);
  if (!query)
    return call.respond(error_response(query.error()));
  auto answer = [respond = std::move(call.respond), count = query->count](Result<std::vector<AuditEntry>> entries) {
    respond(entries ? ApiResponse{.body = audit_json(*entries, entries->size() == count)}
                    : error_response(entries.error()));
  };
  call.scheduler.audit(*query, std::move(answer));
}

} // namespace sluice::http
