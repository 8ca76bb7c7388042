// Those who publish, cancel, read and operate, and remember what they were told.
#pragma once

#include "tests/sim/audit.hpp"

namespace sluice::sim {

class Clients {
public:
  Clients(SimTime& time, Journal& journal, Random& random, const Plan& plan, Ledger& ledger, KeyWatch& keys,
          Audit& audit, Node& node)
      : time_(time),
        journal_(journal),
        random_(random),
        plan_(plan),
        ledger_(ledger),
        keys_(keys),
        audit_(audit),
        node_(node) {}

  void publish();
  void cancel();
  void read();
  void operate();
  /// Lets everything go on that was paused.
  void release();
  /// Publishes again what nobody answered, as a client with a deduplication id does.
  void on_process_over();
  /// The signing keys are those that were answered last.
  void check_signing_keys();

private:
  /// A request that is on its way.
  struct Sent {
    int number;
    PublishRequest request;
    std::optional<ConfigHistory::Number> use; ///< Of its limits.
  };

  PublishRequest draw_request();
  std::shared_ptr<const Callback> draw_callback(const std::string& url);
  void send(PublishRequest request);
  void send_batch(int count);
  Sent begin(PublishRequest request);
  void on_published(const Sent& sent, const Result<Published>& answer);

  void cancel_one();
  void cancel_many();
  void delete_queue();
  std::vector<Sequence> cancelling(const std::function<bool(const PublishRequest&)>& selects);
  void cancelled(const std::vector<Sequence>& sequences);

  void read_message();
  void read_key();

  void operate_key();
  void operate_queue();
  void operate_dlq();
  void rotate();
  void operate(const FlowControlKey& key, core::FlowOperation operation);
  void reset(const FlowControlKey& key, core::FlowOperation operation);
  void set_queue(const QueueName& queue, QueueSettings settings);
  PinRequest draw_pin(const KeyPlan& plan);

  SimTime& time_;
  Journal& journal_;
  Random& random_;
  const Plan& plan_;
  Ledger& ledger_;
  KeyWatch& keys_;
  Audit& audit_;
  Node& node_;
  int last_number_ = 0;
  std::map<int, PublishRequest> open_; ///< Published with a deduplication id and not answered.
  SigningKeys signing_keys_;
  bool knows_signing_keys_ = false;
  int rotations_ = 0; ///< Not answered.
};

} // namespace sluice::sim
