#include "actors/log_desk.hpp"

#include <unordered_map>

#include "actors/redaction.hpp"

namespace sluice {

namespace {

constexpr std::size_t hashed_a_slice = std::size_t{256} << 10; // Bytes: about a millisecond.

} // namespace

// A page that is being put together from slices.
struct LogDesk::Search {
  LogQuery query;
  LogPage page;
  std::size_t wanted;
  std::size_t bytes = 0; ///< Of the messages in `page`.
  Reply<LogPage> reply;
  std::size_t redacted = 0; ///< Entries from the start.
  std::unordered_map<MessageId, std::shared_ptr<const Message>> messages{}; ///< As they are told.

  bool is_full() const { return page.entries.size() > wanted || bytes >= max_log_bytes; }
};

void LogDesk::list(LogQuery query, Reply<LogPage> reply) {
  auto wanted = query.count;
  go_on(std::make_shared<Search>(Search{std::move(query), {}, wanted, 0, std::move(reply)}));
}

void LogDesk::go_on(std::shared_ptr<Search> search) {
  // One more than wanted tells that there is another page.
  search->query.count = search->wanted + 1 - search->page.entries.size();
  place_.store.log(search->query, [this, search](Store::LogSlice slice) { take(search, std::move(slice)); });
}

void LogDesk::take(std::shared_ptr<Search> search, Store::LogSlice slice) {
  auto& entries = search->page.entries;
  for (auto& entry : slice.entries) {
    search->bytes += footprint(*entry.message);
    entries.push_back(std::move(entry));
  }
  if (slice.next && !search->is_full()) {
    search->query.cursor = slice.next;
    return place_.later([this, search] { go_on(search); });
  }
  bool has_more = slice.next.has_value() || entries.size() > search->wanted;
  if (entries.size() > search->wanted)
    entries.pop_back();
  if (has_more)
    search->page.cursor = entries.back().position;
  redact(std::move(search));
}

// A page may have megabytes to hash.
void LogDesk::redact(std::shared_ptr<Search> search) {
  auto& entries = search->page.entries;
  for (std::size_t hashed = 0; search->redacted < entries.size(); ++search->redacted) {
    if (hashed > hashed_a_slice)
      return place_.later([this, search] { redact(search); });
    auto& message = entries[search->redacted].message;
    auto [told, is_new] = search->messages.try_emplace(message->id);
    if (is_new) {
      told->second = redacted(message);
      hashed += told->second == message ? 0 : footprint(*message);
    }
    message = told->second;
  }
  search->reply(std::move(search->page));
}

void LogDesk::list_audit(const AuditQuery& query, Reply<std::vector<AuditEntry>> reply) const {
  reply(place_.store.audit(query));
}

} // namespace sluice
