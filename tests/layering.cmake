# Fails if a layer includes or uses what it must not know: cmake -DROOT=… -P layering.cmake

# forbid(LAYER PATTERN [EXCEPT REGEX]): no source file below LAYER has a line that matches,
# comments aside, unless the path of the file matches EXCEPT.
function(forbid layer pattern)
  cmake_parse_arguments(arg "" "EXCEPT" "" ${ARGN})
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${layer}/*.hpp ${ROOT}/${layer}/*.cpp)
  foreach(file IN LISTS files)
    if(arg_EXCEPT AND file MATCHES "${arg_EXCEPT}")
      continue()
    endif()
    file(STRINGS ${ROOT}/${file} hits REGEX "${pattern}")
    if(hits)
      message(SEND_ERROR "${file}: ${hits}")
    endif()
  endforeach()
endfunction()

set(include "^ *# *include *[<\"]")
set(code "^([^/]|/[^/])*")

# The API and the core know nothing but the standard library and each other.
forbid(include "${include}(caf|boost|nlohmann|openssl|date|actors|http)/")
forbid(actors/core "${include}(caf|boost|nlohmann|openssl|http|actors/store|actors/[a-z_]+\\.hpp)")
# Decisions take no time, chance or thread but what is passed in.
forbid(actors/core "${include}(thread|mutex|shared_mutex|condition_variable|future|random)>")
forbid(actors/core "${code}(::now\\(|random_device|[^a-z_]s?rand\\()")
# The store is the actors' alone; it knows neither them nor their framework.
forbid(actors/store "${include}(caf/|actors/[a-z_]+_actor)")
# SQLite stays in the store.
forbid(actors "${include}sqlite3" EXCEPT "^actors/store/")
forbid(http "${include}sqlite3")
# The time zone database stays behind one file.
forbid(actors "${include}date/" EXCEPT "^actors/time_zones.cpp$")
forbid(http "${include}date/")
# Nothing below the API knows that there is a REST front.
forbid(actors "${include}(http|nlohmann)/")
# The REST front sees the scheduler through its API only.
forbid(http "${include}(caf/|actors/[a-z_]+_actor|actors/messages)")
# ... but for what is done to a store without opening a scheduler on it.
forbid(http "${include}actors/store" EXCEPT "^http/program/store_command.cpp$")
forbid(http "${include}nlohmann/" EXCEPT "^http/api/json")
