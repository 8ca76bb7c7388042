#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

// What takes less than a hundred microseconds to write. A delivery takes several turns of the loop, and each may come behind a slice.
constexpr std::size_t slice_bytes = 6 * 1024;

struct Writing {
  Later later;
  std::size_t count;
  TextOf text_of;
  TakePart take;
  std::function<void()> done;
  std::size_t begun = 0;
  PendingText text{}; ///< Of the last item that was begun.
  std::size_t parts_written = 0; ///< Of its rest.

  bool is_done() const { return begun == count && parts_written == text.rest.size(); }

  void write_slice() {
    for (std::size_t bytes = 0; !is_done() && bytes < slice_bytes;)
      bytes += take(next());
  }

  std::string next() {
    if (parts_written < text.rest.size())
      return std::exchange(text.rest[parts_written++], nullptr)();
    text = text_of(begun++);
    parts_written = 0;
    return std::move(text.begin);
  }
};

TakePart adder_to(std::shared_ptr<LongText> text) {
  return [text = std::move(text)](std::string part) {
    auto bytes = part.size();
    text->add(std::move(part));
    return bytes;
  };
}

void go_on(const std::shared_ptr<Writing>& writing) {
  do {
    writing->write_slice();
    if (writing->is_done())
      return writing->done();
  } while (!writing->later);
  writing->later([writing] { go_on(writing); });
}

} // namespace

void write_items(Later later, std::size_t count, TextOf text_of, TakePart take, std::function<void()> done) {
  go_on(std::make_shared<Writing>(
      Writing{std::move(later), count, std::move(text_of), std::move(take), std::move(done)}));
}

void write_list(Later later, std::string begin, std::size_t count, TextOf text_of, std::function<void(LongText)> done) {
  auto list = std::make_shared<LongText>(begin += '[');
  auto separated = [text_of = std::move(text_of)](std::size_t item) {
    auto text = text_of(item);
    if (item > 0)
      text.begin.insert(0, 1, ',');
    return text;
  };
  write_items(std::move(later), count, std::move(separated), adder_to(list), [list, done = std::move(done)] {
    list->add("]");
    done(std::move(*list));
  });
}

void respond_with(Later later, Respond respond, PendingText text) {
  auto whole = std::make_shared<LongText>();
  write_items(
      std::move(later), 1, [text = std::move(text)](std::size_t) { return text; }, adder_to(whole),
      [whole, respond = std::move(respond)] { respond(long_response(std::move(*whole))); });
}

ApiResponse long_response(LongText text) {
  ApiResponse response;
  response.pieces = std::move(text).pieces();
  if (response.pieces.size() == 1)
    response.body = std::exchange(response.pieces, {}).front().view();
  return response;
}

} // namespace sluice::http
