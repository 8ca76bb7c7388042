#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

// What takes less than a hundred microseconds to write. A delivery takes several turns of the loop, and each may come behind a slice.
constexpr std::size_t slice_bytes = 6 * 1024;

struct Writing {
  Later later;
  std::size_t count;
  std::function<std::string(std::size_t)> text_of;
  std::function<void(std::vector<std::string>)> done;
  std::vector<std::string> texts{};

  void write_slice() {
    for (std::size_t bytes = 0; texts.size() < count && bytes < slice_bytes; bytes += texts.back().size())
      texts.push_back(text_of(texts.size()));
  }
};

void go_on(const std::shared_ptr<Writing>& writing) {
  do {
    writing->write_slice();
    if (writing->texts.size() == writing->count)
      return writing->done(std::move(writing->texts));
  } while (!writing->later);
  writing->later([writing] { go_on(writing); });
}

} // namespace

void write_items(Later later, std::size_t count, std::function<std::string(std::size_t item)> text_of,
                 std::function<void(std::vector<std::string> texts)> done) {
  go_on(std::make_shared<Writing>(Writing{std::move(later), count, std::move(text_of), std::move(done)}));
}

void append_list(std::string& out, const std::vector<std::string>& texts) {
  auto size = out.size() + 2;
  for (const auto& text : texts)
    size += text.size() + 1;
  out.reserve(size);
  out += '[';
  const char* separator = "";
  for (const auto& text : texts) {
    out.append(separator).append(text);
    separator = ",";
  }
  out += ']';
}

} // namespace sluice::http
