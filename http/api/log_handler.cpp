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

void write_groups(const std::shared_ptr<LogAnswer>& answer, Later later, TextOf text_of, Respond respond) {
  keep_groups(answer->page, *answer->listing.groups);
  const auto& entries = answer->page.entries;
  auto grouped = std::make_shared<std::vector<GroupedEntry>>();
  write_items(
      std::move(later), entries.size(), std::move(text_of),
      [answer, &entries, grouped](std::string text) {
        grouped->push_back({entries[grouped->size()].message->id, std::move(text)});
      },
      [answer, grouped, respond = std::move(respond)] {
        respond(long_response(grouped_log_json(std::move(*grouped), answer->page.cursor)));
      });
}

void write(const std::shared_ptr<LogAnswer>& answer, Later later, Respond respond) {
  auto text_of_item = [answer](std::size_t item) { return text_of(*answer, item); };
  if (answer->listing.groups)
    return write_groups(answer, std::move(later), text_of_item, std::move(respond));
  write_list(std::move(later), {}, answer->page.entries.size(), text_of_item,
             [answer, respond = std::move(respond)](const LongText& list) {
               respond(long_response(log_json(list, answer->page.cursor)));
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
