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
  std::unordered_map<MessageId, LongText> message_fields{}; ///< The same for all events of a message.
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

// Shared by the events of a message.
const LongText& fields_of(LogAnswer& answer, const LogEntry& entry) {
  auto [fields, is_new] = answer.message_fields.try_emplace(entry.message->id);
  if (is_new)
    fields->second.add(log_message_fields(entry.message->request, answer.listing.body_limit));
  return fields->second;
}

// Gives the text of each event to `take`, then calls `done`.
void write_each(const std::shared_ptr<LogAnswer>& answer, Later later,
                std::function<void(MessageId, const LongText&)> take, std::function<void()> done) {
  auto begin_of = [answer](std::size_t item) {
    return log_entry_begin(answer->page.entries[item], answer->listing.body_limit);
  };
  auto complete = [answer, item = std::size_t{0}, take = std::move(take)](std::string begin) mutable {
    const auto& entry = answer->page.entries[item++];
    LongText text(std::move(begin));
    text.add(fields_of(*answer, entry));
    text.add("}");
    take(entry.message->id, text);
    return text.size();
  };
  write_items(std::move(later), answer->page.entries.size(), begin_of, std::move(complete), std::move(done));
}

void write_groups(const std::shared_ptr<LogAnswer>& answer, Later later, Respond respond) {
  keep_groups(answer->page, *answer->listing.groups);
  auto grouped = std::make_shared<std::vector<GroupedEntry>>();
  write_each(
      answer, std::move(later),
      [grouped](MessageId message, const LongText& text) {
        grouped->push_back({message, text});
      },
      [answer, grouped, respond = std::move(respond)] {
        respond(long_response(grouped_log_json(*grouped, answer->page.cursor)));
      });
}

void write_events(const std::shared_ptr<LogAnswer>& answer, Later later, Respond respond) {
  auto list = std::make_shared<LongText>("[");
  write_each(
      answer, std::move(later),
      [list, separator = ""](MessageId, const LongText& text) mutable {
        list->add(separator);
        list->add(text);
        separator = ",";
      },
      [answer, list, respond = std::move(respond)] {
        list->add("]");
        respond(long_response(log_json(*list, answer->page.cursor)));
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
    (answer->listing.groups ? write_groups : write_events)(answer, std::move(later), std::move(respond));
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
