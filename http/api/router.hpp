// Finds out what a request asks for, from its method and path alone.
//
// Fixed segments match in any case. What names a thing (destination, id, key) is
// handed on as it was sent; slashes are never merged.
#pragma once

#include <string_view>

namespace sluice::http {

enum class Operation {
  not_found,
  method_not_allowed, ///< `Route::allow` says which methods the path has.
  workflow, ///< Of the QStash API, but not offered.
  health,
  readiness,
  publish, ///< `Route::argument`: where the destination begins, without the query.
  enqueue, ///< `Route::argument`: the queue, a slash, and the destination.
  batch,
  url_group_list,
  url_group_get, ///< `Route::argument`: the name, still encoded, and so on for the others.
  url_group_set_defaults,
  url_group_delete,
  url_group_add_endpoints,
  url_group_remove_endpoints,
  message_get, ///< `Route::argument`: the id, and so on for the others.
  message_cancel,
  messages_cancel,
  queue_set,
  queue_list,
  queue_get, ///< `Route::argument`: the name, still encoded, and so on for the others.
  queue_delete,
  queue_pause,
  queue_resume,
  schedule_create, ///< `Route::argument`: where the destination begins, without the query.
  schedule_list,
  schedule_get, ///< `Route::argument`: the id, still encoded, and so on for the others.
  schedule_delete,
  schedule_pause,
  schedule_resume,
  dlq_list,
  dlq_get,
  dlq_delete,
  dlq_delete_many,
  dlq_retry,
  dlq_retry_many,
  log_list,
  audit_list,
  keys_get,
  keys_rotate,
  flow_control_list,
  flow_control_get,
  flow_control_verb, ///< `Route::argument`: the key, still encoded, maybe empty.
  global_parallelism,
  time_get,
  rate_limit, ///< `Route::argument`: the name, still encoded.
};

enum class FlowControlVerb { pin, unpin, pause, resume, reset_rate, reset };

enum class LimitVerb { list, put, get, drop, limit, check, reset, value, acquire, reserve, commit, cancel, credit };

struct Route {
  Operation operation = Operation::not_found;
  std::string_view argument{}; ///< A part of the path, or the name of a missing feature.
  FlowControlVerb verb{}; ///< For `flow_control_verb`.
  LimitVerb limit_verb{}; ///< For `rate_limit`.
  std::string_view allow{}; ///< For `method_not_allowed`: the value of `Allow`.
};

/// `path` is without the query.
///
/// Below `/v2/flowControl/` a path that ends in a verb means that verb, and all before
/// it is the key, slashes included: POST `a/b/pause` pauses `a/b`, `a/pause/pause`
/// pauses `a/pause`. To read a key that ends in `/pause`, encode its slash.
Route route(std::string_view method, std::string_view path);

/// True for the paths that need a token: all below `/v2`, and below `/v1`, which is our own.
bool needs_token(std::string_view path);

} // namespace sluice::http
