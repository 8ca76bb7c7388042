#include <set>
#include <unordered_map>

#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_log.hpp"
#include "http/api/log_selection.hpp"

namespace sluice::http {

namespace {

// A thousand events take some ten milliseconds to write, for which no delivery should wait. One takes several turns
// of the loop, and each may come behind a slice.
constexpr std::size_t entries_a_slice = 8;

// Turns a page into an answer, a slice at a time.
class LogAnswer : public std::enable_shared_from_this<LogAnswer> {
public:
  LogAnswer(LogListing listing, const ApiOptions& options, Respond respond)
      : listing_(std::move(listing)), later_(options.later), respond_(std::move(respond)) {}

  void write(LogPage page) {
    page_ = std::move(page);
    if (listing_.groups)
      keep_groups(*listing_.groups);
    go_on();
  }

private:
  // Cuts the page where one message too many would begin.
  void keep_groups(std::size_t count) {
    std::set<MessageId> messages;
    auto& entries = page_.entries;
    for (std::size_t each = 0; each < entries.size(); ++each) {
      messages.insert(entries[each].message->id);
      if (messages.size() <= count)
        continue;
      entries.resize(each);
      page_.cursor = entries.back().position;
    }
  }

  void go_on() {
    auto end = std::min(texts_.size() + entries_a_slice, page_.entries.size());
    while (texts_.size() < end)
      texts_.push_back(text_of(page_.entries[texts_.size()]));
    if (end == page_.entries.size())
      return respond_({.body = listing_.groups ? grouped() : log_json(texts_, page_.cursor)});
    if (!later_)
      return go_on();
    later_([self = shared_from_this()] { self->go_on(); });
  }

  std::string text_of(const LogEntry& entry) {
    auto [fields, is_new] = message_fields_.try_emplace(entry.message->id);
    if (is_new)
      fields->second = log_message_fields(entry.message->request, listing_.body_limit);
    return log_entry_json(entry, fields->second, listing_.body_limit);
  }

  std::string grouped() {
    std::vector<GroupedEntry> entries;
    for (std::size_t each = 0; each < texts_.size(); ++each)
      entries.push_back({page_.entries[each].message->id, std::move(texts_[each])});
    return grouped_log_json(entries, page_.cursor);
  }

  LogListing listing_;
  std::function<void(std::function<void()>)> later_;
  Respond respond_;
  LogPage page_;
  std::unordered_map<MessageId, std::string> message_fields_; ///< The same for all events of a message.
  std::vector<std::string> texts_;
};

} // namespace

void list_log(Call call) {
  auto listing = read_log_listing(call.target.query);
  if (!listing)
    return call.respond(error_response(listing.error()));
  auto query = listing->query;
  auto answer = std::make_shared<LogAnswer>(std::move(*listing), call.options, call.respond);
  call.scheduler.log(std::move(query), [answer, respond = std::move(call.respond)](Result<LogPage> page) {
    if (page)
      answer->write(*std::move(page));
    else
      respond(error_response(page.error()));
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
