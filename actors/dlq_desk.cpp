#include "actors/dlq_desk.hpp"

#include <algorithm>

#include "actors/audit_text.hpp"
#include "actors/crash_point.hpp"
#include "actors/publish_check.hpp"
#include "actors/redaction.hpp"

namespace sluice {

namespace {

constexpr std::size_t slice_size = 16;
constexpr std::size_t page_bytes = std::size_t{16} << 20; // Of the bodies on a page that is shown.

std::vector<DlqId> ids_of(const DlqPage& page) {
  std::vector<DlqId> ids;
  for (const auto& entry : page.entries)
    ids.push_back(entry.id);
  return ids;
}

PublishRequest with_overrides(PublishRequest request, const RetryOverrides& overrides) {
  request.retries = overrides.retries.value_or(request.retries);
  request.method = overrides.method.value_or(request.method);
  if (overrides.retry_delay)
    request.retry_delay = overrides.retry_delay;
  if (overrides.timeout)
    request.timeout = overrides.timeout;
  if (overrides.flow_control)
    request.flow_control = overrides.flow_control;
  if (overrides.labels)
    request.labels = *overrides.labels;
  // The delay of the first time is over; a retry is not deduplicated (spec §6.4).
  request.delay = overrides.delay.value_or(Duration{0});
  request.not_before = overrides.not_before;
  request.deduplication.reset();
  return request;
}

} // namespace

// Walks over the entries of the store and keeps those that match.
struct DlqDesk::Search {
  DlqQuery query;
  DlqPage found;
  std::size_t wanted;
  Use use;
  Reply<DlqPage> reply;
  std::size_t bytes = 0;

  bool is_full(const DlqEntry& next) const {
    return found.entries.size() == wanted ||
           (use == Use::showing && !found.entries.empty() && bytes + body_bytes(next) > page_bytes);
  }
};

// Reads the entries that are named.
struct DlqDesk::Picking {
  std::vector<DlqId> ids;
  DlqFilter filter;
  Use use;
  Reply<DlqPage> reply;
  DlqPage found{};
  std::size_t read = 0;
};

void DlqDesk::list(DlqQuery query, Reply<DlqPage> reply) { search(std::move(query), Use::showing, std::move(reply)); }

void DlqDesk::search(DlqQuery query, Use use, Reply<DlqPage> reply) {
  auto wanted = query.count;
  query.count = slice_size;
  go_on(std::make_shared<Search>(Search{std::move(query), {}, wanted, use, std::move(reply)}));
}

void DlqDesk::go_on(std::shared_ptr<Search> search) {
  auto page = place_.store.dlq(search->query);
  auto& found = search->found.entries;
  for (auto& entry : page.entries) {
    if (leaving_.contains(entry.id) || !matches(search->query.filter, entry))
      continue;
    // One more than there is room for tells that there is another page.
    if (search->is_full(entry)) {
      search->found.cursor = found.back().id;
      return search->reply(std::move(search->found));
    }
    search->bytes += body_bytes(entry);
    prepare(entry, search->use);
    found.push_back(std::move(entry));
  }
  search->query.cursor = page.cursor;
  if (!page.cursor)
    return search->reply(std::move(search->found));
  place_.later([this, search] { go_on(search); });
}

void DlqDesk::prepare(DlqEntry& entry, Use use) {
  if (use == Use::showing) {
    entry.message = redacted(std::move(entry.message));
    return;
  }
  leaving_.insert(entry.id);
  if (use == Use::removing) { // A hundred bodies would take much memory.
    entry.message.reset();
    entry.response_body = {};
  }
}

void DlqDesk::find(DlqId id, Reply<DlqEntry> reply) const {
  auto entry = leaving_.contains(id) ? std::nullopt : place_.store.dlq_entry(id);
  if (entry)
    entry->message = redacted(std::move(entry->message));
  reply(entry ? Result<DlqEntry>(std::move(*entry)) : Result<DlqEntry>(not_found("dlq message")));
}

// Entries that are named need no search.
void DlqDesk::select(DlqBulk bulk, Use use, Reply<DlqPage> reply) {
  if (bulk.filter.ids.empty())
    return search({bulk.count, bulk.cursor, false, std::move(bulk.filter)}, use, std::move(reply));
  auto ids = bulk.filter.ids;
  std::sort(ids.begin(), ids.end(), std::greater<>{});
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  pick(std::make_shared<Picking>(Picking{std::move(ids), std::move(bulk.filter), use, std::move(reply)}));
}

void DlqDesk::pick(std::shared_ptr<Picking> picking) {
  const auto end = std::min(picking->ids.size(), picking->read + slice_size);
  for (std::size_t bytes = 0; picking->read < end && bytes < max_dlq_bytes;) {
    auto id = picking->ids[picking->read++];
    auto entry = leaving_.contains(id) ? std::nullopt : place_.store.dlq_entry(id);
    if (!entry || !matches(picking->filter, *entry))
      continue;
    bytes += body_bytes(*entry);
    prepare(*entry, picking->use);
    picking->found.entries.push_back(std::move(*entry));
  }
  if (picking->read == picking->ids.size())
    return picking->reply(std::move(picking->found));
  place_.later([this, picking] { pick(picking); });
}

void DlqDesk::remove(DlqBulk bulk, Operator by, Reply<DlqDeleted> reply) {
  Done done{std::move(by), bulk.filter};
  select(std::move(bulk), Use::removing,
         [this, done = std::move(done), reply = std::move(reply)](Result<DlqPage> page) {
           remove(*std::move(page), done, reply);
         });
}

void DlqDesk::remove(DlqPage page, const Done& done, Reply<DlqDeleted> reply) {
  auto ids = ids_of(page);
  take_out(ids);
  audit(done, "deleteDlq", "deleted", ids);
  DlqDeleted deleted{page.entries.size(), page.cursor};
  place_.sequencer.submit([this, ids = std::move(ids), deleted, reply = std::move(reply)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("dlq.delete_committed");
    settle(ids);
    reply(stored ? Result<DlqDeleted>(deleted) : Result<DlqDeleted>(stored.error()));
  });
}

void DlqDesk::retry(DlqBulk bulk, RetryOverrides overrides, Operator by, Reply<DlqRetried> reply) {
  Done done{std::move(by), bulk.filter};
  select(std::move(bulk), Use::retrying,
         [this, overrides = std::move(overrides), done = std::move(done),
          reply = std::move(reply)](Result<DlqPage> page) { retry(*std::move(page), overrides, done, reply); });
}

void DlqDesk::retry(DlqPage page, const RetryOverrides& overrides, const Done& done, Reply<DlqRetried> reply) {
  auto ids = ids_of(page);
  auto staged = stage(page, overrides);
  if (!staged) {
    settle(ids);
    return reply(staged.error());
  }
  // New ids and the end of the old entries are one commit.
  take_out(ids);
  audit(done, "retryDlq", "retried", ids);
  place_.sequencer.submit([this, staged = std::move(*staged), ids = std::move(ids), cursor = page.cursor,
                           reply = std::move(reply)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("dlq.retry_committed");
    settle(ids);
    DlqRetried retried{{}, cursor};
    for (const auto& one : staged) {
      retried.messages.push_back({one.message->id, one.message->destination().url});
      intake_.settle(one, stored);
    }
    reply(stored ? Result<DlqRetried>(std::move(retried)) : Result<DlqRetried>(stored.error()));
  });
}

Result<std::vector<Intake::Staged>> DlqDesk::stage(const DlqPage& page, const RetryOverrides& overrides) {
  std::vector<PublishRequest> requests;
  for (const auto& entry : page.entries) {
    requests.push_back(with_overrides(entry.message->request, overrides));
    if (auto valid = check_publish(requests.back(), place_.options); !valid)
      return valid.error();
  }
  return intake_.stage_all(std::move(requests));
}

void DlqDesk::take_out(const std::vector<DlqId>& ids) {
  for (auto id : ids)
    place_.sequencer.add(DeleteDlqEntry{id});
}

void DlqDesk::audit(const Done& done, const std::string& action, std::string_view verb, const std::vector<DlqId>& ids) {
  if (ids.size() == 1)
    place_.audit(done.by, action, ids.front().text());
  else if (!ids.empty())
    place_.audit(done.by, action, "dlq", detail_of(verb, ids.size(), done.filter));
}

void DlqDesk::settle(const std::vector<DlqId>& ids) {
  for (auto id : ids)
    leaving_.erase(id);
}

} // namespace sluice
