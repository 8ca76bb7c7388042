#include "actors/log_desk.hpp"

#include <iterator>

namespace sluice {

// A page that is being put together from slices.
struct LogDesk::Search {
  LogQuery query;
  LogPage page;
  std::size_t wanted;
  std::size_t bytes = 0; ///< Of the messages in `page`.
  Reply<LogPage> reply;

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
  search->reply(std::move(search->page));
}

void LogDesk::list_audit(const AuditQuery& query, Reply<std::vector<AuditEntry>> reply) const {
  reply(place_.store.audit(query));
}

} // namespace sluice
