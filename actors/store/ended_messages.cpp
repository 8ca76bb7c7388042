#include "actors/store/ended_messages.hpp"

#include "actors/store/chunk_log.hpp"
#include "actors/store/record_codec.hpp"

namespace sluice {

void EndedMessages::load(Database& database) {
  Statement statement(database, "SELECT id, records FROM finished ORDER BY id");
  auto rows = statement.query();
  while (rows.next()) {
    auto time = time_of_chunk(rows.number(0));
    RecordReader in(rows.bytes(1));
    while (!in.empty() && !in.failed()) {
      auto ended = decode_ended(in);
      insert(ended.sequence, {time, ended.attempts, ended.state});
    }
    if (in.failed()) {
      database.fail_as_corrupt("the end of a message cannot be read");
      return;
    }
  }
}

void EndedMessages::apply(const Change& change) {
  if (auto finished = std::get_if<FinishMessage>(&change))
    insert(finished->sequence, {finished->finished_at, finished->attempts, finished->state});
}

void EndedMessages::forget(const std::vector<Sequence>& dropped) {
  for (auto sequence : dropped)
    erase(sequence);
}

const EndedMessages::End* EndedMessages::find(Sequence sequence) const {
  auto page = pages_.find(sequence / page_size);
  if (page == pages_.end())
    return nullptr;
  const auto& end = page->second.ends[sequence % page_size];
  return end.state == MessageRow::State::pending ? nullptr : &end;
}

void EndedMessages::insert(Sequence sequence, const End& end) {
  auto& page = pages_[sequence / page_size];
  auto& place = page.ends[sequence % page_size];
  page.count += place.state == MessageRow::State::pending;
  place = end;
}

void EndedMessages::erase(Sequence sequence) {
  auto page = pages_.find(sequence / page_size);
  if (page == pages_.end())
    return;
  auto& place = page->second.ends[sequence % page_size];
  page->second.count -= place.state != MessageRow::State::pending;
  place = {};
  if (page->second.count == 0)
    pages_.erase(page);
}

} // namespace sluice
