#include "actors/core/rate_limit_journal.hpp"

#include <algorithm>
#include <cassert>

namespace sluice::core {

void RateLimitJournal::close() {
  assert(open_ > 0);
  if (--open_ == 0)
    entries_.clear();
}

void RateLimitJournal::note(const RowId& id, const LimitState* before, ConfigNumber writer) {
  if (!is_open())
    return;
  auto& entry = entries_.emplace_back(Entry{RowKey(id), before ? std::optional{*before} : std::nullopt});
  entry.key.set_writer(writer);
}

void RateLimitJournal::undo(std::size_t size, RateLimitTable& table) {
  for (; entries_.size() > size; entries_.pop_back()) {
    const auto& entry = entries_.back();
    if (entry.before)
      table.put(entry.key.id(), *entry.before, entry.key.writer());
    else
      table.erase(entry.key.id());
  }
}

const RateLimitJournal::Entry* RateLimitJournal::find(const RowId& id, std::size_t from) const {
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(from);
  const auto found = std::find_if(begin, entries_.end(), [&](const Entry& entry) { return entry.key.is(id); });
  return found == entries_.end() ? nullptr : &*found;
}

const LimitState* RowSource::find(const RowId& id) const {
  const auto* entry = before ? before->find(id) : nullptr;
  if (!entry)
    return table.find(id);
  return entry->before ? &*entry->before : nullptr;
}

} // namespace sluice::core
