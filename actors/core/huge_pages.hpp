// Memory for large arrays that are read in random order. With small pages most such reads cost a second
// one: of where the page lies.
#pragma once

#include <cstddef>

namespace sluice::core {

/// Throws std::bad_alloc as `new` does. Large ones ask the system for huge pages, and do without where it has none.
void* allocate_pages(std::size_t bytes, std::size_t alignment);
void free_pages(void* memory, std::size_t bytes, std::size_t alignment) noexcept;

template <class T>
struct HugePageAllocator {
  using value_type = T;

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_pages(count * sizeof(T), alignof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { free_pages(memory, count * sizeof(T), alignof(T)); }

  bool operator==(const HugePageAllocator&) const = default;
};

} // namespace sluice::core
