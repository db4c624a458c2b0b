// hostPaths: a pod must not mount sensitive paths of its node (MITRE ATT&CK T1611 Escape to Host,
// T1612 Build Image on Host).
//
// Fields   spec.volumes[*].hostPath.path; with `mounts`, also
//          spec.{containers,initContainers,ephemeralContainers}[*].volumeMounts[*].{name,readOnly}
// Allowed  paths that have nothing in common with those in `sensitive`: neither one of them, nor
//          below one, nor above one (/var holds /var/lib/kubelet)
//
// Paths are compared as the node resolves them: /etc/../var//run/ is /var/run. A volume counts as
// mounted for reading only if every mount of it in every container is; one that nothing mounts is
// writable. What admission cannot see: symbolic links on the node, what Windows makes of a path, a
// PersistentVolume that is a path of the node (persistentVolumes), and file systems mounted below a
// path, which a read-only mount leaves writable.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/node_path.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

// A path of a node as a policy names it: absolute, and written as it is compared.
struct Tree {
  std::string path;
};

void ReadValue(const YamlNode& node, Tree& value, YamlContext& context) {
  std::string text;
  const std::size_t errors = context.errors();
  ReadValue(node, text, context);
  if (context.errors() != errors) return;
  const std::string normal = NormalPath(text);
  if (normal == text) {
    value.path = text;
  } else {
    context.Error(node, fmt::format("{} is no path from the root in its shortest form; write {}",
                                    Quote(text, 255), PrintableText(normal)));
  }
}

Shape ShapeOf(const Tree*) { return ShapeOfKind(Shape::Kind::kText); }

enum class Mounts { kAny, kWritable, kReadOnly };

Words<Mounts> WordsOf(Mounts) {
  static constexpr Word<Mounts> kWords[] = {
      {"any", Mounts::kAny}, {"writable", Mounts::kWritable}, {"readOnly", Mounts::kReadOnly}};
  return {"value", kWords};
}

struct Params {
  std::vector<Tree> sensitive;
  std::vector<Tree> except;
  Mounts mounts = Mounts::kAny;
};

// The tree that the path lies in or above; null if there is none.
const Tree* FindTree(const std::vector<Tree>& trees, std::string_view path) {
  const auto found = std::find_if(trees.begin(), trees.end(), [&](const Tree& tree) {
    return IsWithin(path, tree.path) || IsWithin(tree.path, path);
  });
  return found == trees.end() ? nullptr : &*found;
}

std::string Relation(std::string_view path, std::string_view tree) {
  if (path == tree) return "";
  return fmt::format(", which {} {}", IsWithin(path, tree) ? "lies below" : "holds", tree);
}

std::vector<Violation> CheckPaths(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  std::set<std::string_view> read_only;
  if (params.mounts != Mounts::kAny) read_only = ReadOnlyVolumes(*pod);
  std::size_t looked_at = 0;
  for (const Volume& volume : pod->volumes) {
    if (++looked_at % 8 == 0 && request.deadline.passed()) break;
    if (!volume.host_path) continue;
    const bool is_read_only = read_only.contains(volume.name);
    if (is_read_only ? params.mounts == Mounts::kWritable : params.mounts == Mounts::kReadOnly) {
      continue;
    }
    const std::string path = NormalPath(*volume.host_path);
    const Tree* const tree = FindTree(params.sensitive, path);
    if (tree == nullptr || FindTree(params.except, path) != nullptr) continue;
    violations.push_back({pod->PathOf(volume) + ".hostPath.path", "",
                          fmt::format("{} {}", volume.name, path),
                          fmt::format("volume {} mounts {} of the node{}", Quote(volume.name, 64),
                                      Quote(path, 255), Relation(path, tree->path))});
  }
  return violations;
}

}  // namespace

CheckKind HostPaths() {
  return {"hostPaths",
          "pods must not mount sensitive paths of the node",
          "use another type of volume, or mount only the folder that is needed",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>(
              {{"sensitive", "paths that must not be mounted, nor what is below or above them",
                kRequired, &Params::sensitive},
               {"except", "paths that are left out, with what is below and above them", kOptional,
                &Params::except},
               {"mounts",
                "which volumes are looked at: any (default), writable, or readOnly, those that are "
                "mounted for reading only",
                kOptional, &Params::mounts}},
              CheckPaths)};
}

}  // namespace tidewaiter
