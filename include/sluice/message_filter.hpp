// By what messages are selected: to cancel them, in the DLQ, and in the log (spec §2.6, §2.10, §2.12).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/time.hpp"

namespace sluice {

/// Selects what matches every part that is not empty, and of a part any of its values; everything empty:
/// all. Fields are those a message was published with.
struct MessageFilter {
  std::vector<std::string> urls{};
  std::vector<std::string> hosts{}; ///< Of the URL, in any case; with or without the port.
  std::vector<std::string> paths{}; ///< Of the URL, without the query.
  std::vector<std::string> url_groups{}; ///< That were published to.
  std::vector<std::string> queues{};
  std::vector<std::string> schedules{}; ///< That published them.
  std::vector<std::string> flow_control_keys{};
  std::vector<std::string> labels{};
  std::vector<std::string> caller_ips{};
  std::optional<WallTime> from{}; ///< Inclusive. Of what, says the filter that has it.
  std::optional<WallTime> to{};
  /// A part that no message can match, such as an id that cannot be one.
  bool none = false;
};

} // namespace sluice
