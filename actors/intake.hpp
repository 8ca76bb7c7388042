// Takes messages in: numbers them, recognises duplicates, and brings what was committed to
// its waitlist.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/core/sequence_source.hpp"
#include "actors/url_group_desk.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class Intake {
public:
  Intake(Workplace& place, const UrlGroupDesk& url_groups);

  /// Number and times of `message` are not set yet.
  void publish(std::shared_ptr<Message> message, Reply<Published> reply);
  /// A request that was refused before keeps its place.
  void publish_batch(std::vector<Result<PublishRequest>> requests, Reply<std::vector<BatchAnswer>> reply);

  /// A message whose changes have been added to the submission that is being put together.
  struct Staged {
    std::shared_ptr<const Message> message;
    KeySupervisor::Handle key; ///< Where it waits first.
    KeySupervisor::Handle flow; ///< Whose limits it changes; null if it changes none.
    std::uint64_t flow_epoch = 0;
    WallTime ready_at{};
    bool scheduled = false;
  };
  /// Error: `overloaded` or `insufficient_storage` if there is no room, `too_many` for one queue too many.
  Result<Staged> stage(PublishRequest request);
  /// The messages that a request is about: one for each endpoint of its URL group, or the request itself. Errors:
  /// `not_found` for the group, and those of `stage`.
  Result<std::vector<PublishRequest>> expand(PublishRequest request) const;
  /// Stages all of them, or none.
  Result<std::vector<Staged>> stage_all(std::vector<PublishRequest> requests);
  /// As `stage`, for what must not be refused. In a queue it comes before everything that waits there.
  Staged stage_callback(PublishRequest request);
  /// What follows the commit of a staged message, whether it succeeded or not.
  void settle(const Staged& staged, const Result<void>& stored);

private:
  struct Racing {
    std::vector<Reply<Published>> duplicates; ///< Published while the first was being committed.
  };

  /// A publish that waits for its commit.
  struct Accepted {
    std::string deduplication;
    Staged staged;
    Reply<Published> reply;
  };
  class Batch;

  /// Empty if it was answered, or will be when the first of its kind is.
  std::optional<Accepted> accept(std::shared_ptr<Message> message, Reply<Published> reply);
  void conclude(const Accepted& accepted, const Result<void>& stored);
  std::vector<Accepted> accept(std::vector<PublishRequest> messages, std::size_t item,
                               const std::shared_ptr<Batch>& batch);
  Result<Staged> stage(std::shared_ptr<Message> message);
  void number(Message& message, Now now);
  Staged stage(std::shared_ptr<const Message> message, Now now);
  bool answer_duplicate(const std::string& id, const PublishRequest& request, Reply<Published>& reply);
  void end_race(const std::string& id, const Result<Published>& first);
  Result<void> open_queue(const QueueName& name);

  Workplace& place_;
  const UrlGroupDesk& url_groups_;
  core::SequenceSource sequences_;
  std::uint64_t origin_;
  std::unordered_map<std::string, Racing> races_; ///< By deduplication id.
};

} // namespace sluice
