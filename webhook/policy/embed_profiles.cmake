# Writes OUTPUT, a C++ file that holds the policy files of every profile:
#   cmake -DROOT=<repository> -DPROFILES=default;... -DOUTPUT=<file> -P embed_profiles.cmake
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
foreach(profile IN LISTS PROFILES)
  file(GLOB files RELATIVE ${ROOT} ${ROOT}/policies/${profile}/*.yaml)
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
