# How every target of this project is built.

add_library(sluice_settings INTERFACE)
target_compile_features(sluice_settings INTERFACE cxx_std_20)
# Assertions stay on in every build.
target_compile_options(sluice_settings INTERFACE -Wall -Wextra $<$<BOOL:${SLUICE_WERROR}>:-Werror> -UNDEBUG)
# g++ 12 warns of overlaps in `"literal" + string` where there are none (GCC bug 105651).
target_compile_options(sluice_settings INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
if(SLUICE_CRASH_POINTS)
  target_compile_definitions(sluice_settings INTERFACE SLUICE_CRASH_POINTS)
endif()
foreach(sanitizer IN LISTS SLUICE_SANITIZE)
  target_compile_options(sluice_settings INTERFACE -fsanitize=${sanitizer} -fno-omit-frame-pointer)
  target_link_options(sluice_settings INTERFACE -fsanitize=${sanitizer})
endforeach()
if(SLUICE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees uninitialised values in the standard library's code when it is instrumented.
  target_compile_options(sluice_settings INTERFACE -Wno-maybe-uninitialized)
endif()
if("thread" IN_LIST SLUICE_SANITIZE)
  # g++ cannot instrument Asio's fences; what crosses threads is ordered by its mutexes as well.
  target_compile_definitions(sluice_settings INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
if("undefined" IN_LIST SLUICE_SANITIZE)
  # CAF 0.17 binds null references inside its own headers; any other finding ends the test.
  target_compile_options(sluice_settings INTERFACE -fno-sanitize=null -fno-sanitize-recover=undefined)
endif()

# sluice_library(NAME DIRECTORY dir... [EXCLUDE file...] [LINK target...])
# One static library from every .cpp that lies directly in the directories.
function(sluice_library name)
  cmake_parse_arguments(arg "" "" "DIRECTORY;EXCLUDE;LINK" ${ARGN})
  set(sources)
  foreach(directory IN LISTS arg_DIRECTORY)
    file(GLOB found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${directory}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  if(arg_EXCLUDE)
    list(REMOVE_ITEM sources ${arg_EXCLUDE})
  endif()
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE $<BUILD_INTERFACE:sluice_settings>)
  target_compile_features(${name} PUBLIC cxx_std_20)
endfunction()
