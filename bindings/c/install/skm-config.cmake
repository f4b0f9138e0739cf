# find_package(skm): skm::skm is the shared library, skm::skm_static the static one. Paths are relative to this file, so
# the whole prefix can be moved.
get_filename_component(_skm_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET skm::skm)
    add_library(skm::skm SHARED IMPORTED)
    set_target_properties(skm::skm PROPERTIES
        IMPORTED_LOCATION "${_skm_prefix}/lib/libskm.so"
        IMPORTED_SONAME "libskm.so.@MAJOR@"
        INTERFACE_INCLUDE_DIRECTORIES "${_skm_prefix}/include")

    add_library(skm::skm_static STATIC IMPORTED)
    set_target_properties(skm::skm_static PROPERTIES
        IMPORTED_LOCATION "${_skm_prefix}/lib/libskm.a"
        INTERFACE_INCLUDE_DIRECTORIES "${_skm_prefix}/include"
        INTERFACE_LINK_LIBRARIES "gcc_s;util;rt;pthread;m;dl")
endif()
unset(_skm_prefix)
