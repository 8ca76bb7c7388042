#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

// What takes less than a hundred microseconds to write. A delivery takes several turns of the loop, and each may come behind a slice.
constexpr std::size_t slice_bytes = 6 * 1024;

struct Writing {
  Later later;
  std::size_t count;
  TextOf text_of;
  std::function<void(std::string)> take;
  std::function<void()> done;
  std::size_t written = 0;

  void write_slice() {
    for (std::size_t bytes = 0; written < count && bytes < slice_bytes; ++written) {
      auto text = text_of(written);
      bytes += text.size();
      take(std::move(text));
    }
  }
};

void go_on(const std::shared_ptr<Writing>& writing) {
  do {
    writing->write_slice();
    if (writing->written == writing->count)
      return writing->done();
  } while (!writing->later);
  writing->later([writing] { go_on(writing); });
}

} // namespace

void write_items(Later later, std::size_t count, TextOf text_of, std::function<void(std::string text)> take,
                 std::function<void()> done) {
  go_on(std::make_shared<Writing>(
      Writing{std::move(later), count, std::move(text_of), std::move(take), std::move(done)}));
}

void write_list(Later later, std::string begin, std::size_t count, TextOf text_of, std::function<void(LongText)> done) {
  auto list = std::make_shared<LongText>(begin += '[');
  auto take = [list, separator = ""](std::string text) mutable {
    list->add(separator);
    list->add(std::move(text));
    separator = ",";
  };
  write_items(std::move(later), count, std::move(text_of), std::move(take), [list, done = std::move(done)] {
    list->add("]");
    done(std::move(*list));
  });
}

ApiResponse long_response(LongText text) {
  ApiResponse response;
  response.pieces = std::move(text).pieces();
  return response;
}

} // namespace sluice::http
