// Long answers, written a little at a time: while one is, nobody should have to wait.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/api/api.hpp"

namespace sluice::http {

/// Has `text_of` write each of `count` items, in turns of the loop of some kilobytes each, and gives the texts to `done`.
void write_items(Later later, std::size_t count, std::function<std::string(std::size_t item)> text_of,
                 std::function<void(std::vector<std::string> texts)> done);

/// Adds `[a,b]`.
void append_list(std::string& out, const std::vector<std::string>& texts);

/// Answers with the items as `[a,b]`.
template <class Item>
void respond_with_list(Later later, Respond respond, std::vector<Item> items, std::string (*text_of)(const Item&)) {
  auto all = std::make_shared<const std::vector<Item>>(std::move(items));
  write_items(
      std::move(later), all->size(), [all, text_of](std::size_t item) { return text_of((*all)[item]); },
      [respond = std::move(respond)](const std::vector<std::string>& texts) {
        ApiResponse response;
        append_list(response.body, texts);
        respond(std::move(response));
      });
}

} // namespace sluice::http
