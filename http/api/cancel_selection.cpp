#include "http/api/cancel_selection.hpp"

#include "http/api/message_selectors.hpp"

namespace sluice::http {

namespace {

constexpr std::int64_t max_count = 500; // spec §2.6

struct Selection {
  CancelFilter cancel{};
  bool names_messages = false;

  MessageFilter& filter() { return cancel; }
};

using Field = SelectorField<Selection>;

// An id that cannot be one belongs to no message.
Result<void> read_id(const NamedValue& parameter, Selection& selection) {
  selection.names_messages = true;
  if (auto id = MessageId::parse(parameter.value))
    selection.cancel.ids.push_back(*id);
  return {};
}

Result<void> read_count(const NamedValue& parameter, Selection& selection) {
  return keep(read_size(parameter, max_count), selection.cancel.count);
}

// There is one page only: all that match are cancelled.
Result<void> ignore(const NamedValue&, Selection&) { return {}; }

constexpr auto fields =
    joined(message_selectors<Selection>,
           std::array<Field, 3>{{{"messageIds", read_id}, {"count", read_count, true}, {"cursor", ignore}}});

} // namespace

Result<CancelFilter> read_cancel(std::string_view query, std::string_view body) {
  auto values = read_selectors(query, body);
  if (!values)
    return values.error();
  Selection selection;
  if (auto done = read_selection(*values, fields, Strictness::strict, selection); !done)
    return done.error();
  if (!selection.names_messages)
    return std::move(selection.cancel);
  CancelFilter named;
  named.ids = std::move(selection.cancel.ids);
  named.count = selection.cancel.count;
  // Ids of which none can exist must not select everything.
  named.none = named.ids.empty();
  return named;
}

} // namespace sluice::http
