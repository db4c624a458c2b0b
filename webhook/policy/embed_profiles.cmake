# Writes OUTPUT, a C++ file that holds the policy files of every profile:
#   cmake -DROOT=<repository> -DPROFILES=default;... -DOUTPUT=<file> -P embed_profiles.cmake
# PROFILES go from the weakest to the strictest. Each has the files of its folder and those of the
# folders before it, but for a file whose name also stands in a stricter folder: that one replaces it.
set(code "// Generated from policies/ by webhook/policy/embed_profiles.cmake.
#include \"webhook/policy/profile.h\"

namespace tidewaiter {

std::vector<std::string> ProfileNames() {
  return {")
foreach(profile IN LISTS PROFILES)
  string(APPEND code "\"${profile}\", ")
endforeach()
string(APPEND code "};
}

std::optional<std::vector<SourceFile>> ProfileFiles(std::string_view name) {
")
set(files "")
foreach(profile IN LISTS PROFILES)
  file(GLOB own RELATIVE ${ROOT} ${ROOT}/policies/${profile}/*.yaml)
  foreach(file IN LISTS own)
    get_filename_component(name ${file} NAME)
    list(FILTER files EXCLUDE REGEX "/${name}$")
  endforeach()
  list(APPEND files ${own})
  list(SORT files)
  string(APPEND code "  if (name == \"${profile}\") {\n    return {{\n")
  foreach(file IN LISTS files)
    file(READ ${ROOT}/${file} text)
    string(APPEND code "        {\"${file}\", R\"__yaml__(${text})__yaml__\"},\n")
  endforeach()
  string(APPEND code "    }};\n  }\n")
endforeach()
string(APPEND code "  return std::nullopt;
}

}  // namespace tidewaiter
")
file(WRITE ${OUTPUT} "${code}")
