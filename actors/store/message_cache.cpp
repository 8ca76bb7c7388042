#include "actors/store/message_cache.hpp"

namespace sluice {

void MessageCache::insert(const MessageRow& row) {
  auto bytes = footprint(*row.message);
  erase(row.message->id.sequence());
  entries_.push_back({row, bytes});
  by_sequence_.emplace(row.message->id.sequence(), std::prev(entries_.end()));
  bytes_ += bytes;
}

const MessageRow* MessageCache::find(Sequence sequence) const {
  auto found = by_sequence_.find(sequence);
  return found == by_sequence_.end() ? nullptr : &found->second->row;
}

MessageRow* MessageCache::edit(Sequence sequence) {
  return const_cast<MessageRow*>(static_cast<const MessageCache*>(this)->find(sequence));
}

void MessageCache::apply(const Change& change) {
  if (auto inserted = std::get_if<InsertMessage>(&change)) {
    MessageRow row;
    row.message = inserted->message;
    row.ready_at = inserted->ready_at;
    insert(row);
  } else if (auto retried = std::get_if<RetryMessage>(&change)) {
    if (auto row = edit(retried->sequence)) {
      row->attempts = retried->attempts;
      row->ready_at = retried->ready_at;
    }
  } else if (auto cancelled = std::get_if<RequestCancel>(&change)) {
    if (auto row = edit(cancelled->sequence))
      row->cancel_requested = true;
  } else if (auto finished = std::get_if<FinishMessage>(&change)) {
    erase(finished->sequence);
  }
}

void MessageCache::trim() {
  while (bytes_ > max_bytes_)
    erase(entries_.begin());
}

void MessageCache::erase(Sequence sequence) {
  if (auto found = by_sequence_.find(sequence); found != by_sequence_.end())
    erase(found->second);
}

void MessageCache::erase(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_sequence_.erase(entry->row.message->id.sequence());
  entries_.erase(entry);
}

} // namespace sluice
