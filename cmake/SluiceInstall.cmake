# Installed: the public headers, the libraries, the program, and a CMake package
# with which find_package(sluice) provides sluice::sluice and sluice::http.

option(SLUICE_INSTALL "Install sluice" ${PROJECT_IS_TOP_LEVEL})
if(NOT SLUICE_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
set(libraries sluice sluice_core sluice_store sluice_wire sluice_transport)
if(SLUICE_BUILD_SERVER)
  list(APPEND libraries sluice_api sluice_http)
  install(TARGETS sluice_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# Exported as sluice::core, sluice::http …; `sluice` itself is sluice::sluice.
foreach(library IN LISTS libraries)
  string(REPLACE "sluice_" "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS ${libraries} EXPORT sluice ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT sluice NAMESPACE sluice:: FILE sluice-targets.cmake DESTINATION ${package_directory})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sluice DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sluice-config.cmake.in
  ${PROJECT_BINARY_DIR}/sluice-config.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sluice-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/sluice-config.cmake ${PROJECT_BINARY_DIR}/sluice-config-version.cmake
  ${CMAKE_CURRENT_LIST_DIR}/FindCAF.cmake DESTINATION ${package_directory})
