#include "actors/core/huge_pages.hpp"

#include <algorithm>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace sluice::core {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

std::align_val_t alignment_of(std::size_t bytes, std::size_t alignment) {
  return std::align_val_t{bytes < huge_page ? alignment : std::max(alignment, huge_page)};
}

// A wish: whether it is granted makes no difference but in time.
void ask_for_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  if (bytes >= huge_page)
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

} // namespace

void* allocate_pages(std::size_t bytes, std::size_t alignment) {
  auto* memory = ::operator new(bytes, alignment_of(bytes, alignment));
  ask_for_huge_pages(memory, bytes);
  return memory;
}

void free_pages(void* memory, std::size_t bytes, std::size_t alignment) noexcept {
  ::operator delete(memory, alignment_of(bytes, alignment));
}

} // namespace sluice::core
