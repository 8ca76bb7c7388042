// Long answers, written a little at a time: while one is, nobody should have to wait.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/api/api.hpp"
#include "http/api/long_text.hpp"

namespace sluice::http {

using TextOf = std::function<PendingText(std::size_t item)>;

/// Takes a part of a text, and tells how many bytes it has written for it.
using TakePart = std::function<std::size_t(std::string part)>;

/// Has `text_of` write each of `count` items, in turns of the loop of some kilobytes each. Gives each part of their
/// texts to `take`, then calls `done`.
void write_items(Later later, std::size_t count, TextOf text_of, TakePart take, std::function<void()> done);

/// Has `text_of` write a list of `count` items behind `begin`, in turns as above, and gives all of it to `done`.
void write_list(Later later, std::string begin, std::size_t count, TextOf text_of, std::function<void(LongText)> done);

/// An answer that may be long.
ApiResponse long_response(LongText text);

/// Answers with `text`, which is written in turns as above.
void respond_with(Later later, Respond respond, PendingText text);

/// Answers with the items as `[a,b]`.
template <class Item, class Text>
void respond_with_list(Later later, Respond respond, std::vector<Item> items, Text (*text_of)(const Item&)) {
  auto all = std::make_shared<const std::vector<Item>>(std::move(items));
  write_list(
      std::move(later), {}, all->size(), [all, text_of](std::size_t item) { return text_of((*all)[item]); },
      [respond = std::move(respond)](LongText list) { respond(long_response(std::move(list))); });
}

} // namespace sluice::http
