// The rows about image references: how each is read, and what an allowlist says to it.
//
// testdata/images.tsv holds what the Go library github.com/distribution/reference v0.6.0 makes of
// some 600 texts: ParseNormalizedNamed, then TagNameOnly; registry, repository, tag and digest are
// reference.Domain, reference.Path, Tag and Digest of the result, and "invalid" is its error. The
// texts are half picked by hand, half random changes of good references (insert, delete, replace,
// repeat, splice; fixed seed), printable ASCII only. Digests of sha384 are left out: the library
// takes them, this program does not. A line without a registry (g_cr.io/acme/app: the library takes
// what it called a registry for a path in the end) is refused here, since it names no place.

#include "webhook/kubernetes/image_reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/kubernetes/image_pattern.h"

namespace tidewaiter {
namespace {

using std::string_literals::operator""s;

const std::string kHex64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kDigest = "@sha256:" + kHex64;
constexpr std::string_view kBadHost = "(malformed registry host)";
constexpr std::string_view kBadName = "(malformed repository name)";
constexpr std::string_view kBadTag = "(malformed tag)";
constexpr std::string_view kUpper = "(repository name must be lower case)";
constexpr std::string_view kBadDigest =
    "(malformed digest; right is sha256:<64 hex digits> or sha512:<128 hex digits>)";

// The canonical form, or the error in parentheses.
std::string Canonical(const std::string& image) {
  std::string error;
  const auto reference = ParseImageReference(image, error);
  return reference ? reference->ToString() : "(" + error + ")";
}

PolicySet Allowing(const std::string& entries) {
  return Load(PolicyText("images", "imageRegistries", "params: {allow: [" + entries + "]}"));
}

bool IsAllowed(const PolicySet& policies, const std::string& image) {
  const std::string container = R"({"name":"app","image":)" + JsonText(image) + "}";
  return Violations(policies, CreateText("Pod", PodText(container))).empty();
}

constexpr bool kAllow = true;
constexpr bool kDeny = false;

struct Row {
  std::string image;
  std::string_view canonical;
  bool allowed;
};

void Expect(const std::vector<Row>& rows) {
  const PolicySet policies = Allowing("gcr.io/acme/*, docker.io/library/nginx, registry.k8s.io/*");
  for (const Row& row : rows) {
    EXPECT_EQ(Canonical(row.image), row.canonical) << row.image;
    EXPECT_EQ(IsAllowed(policies, row.image), row.allowed) << row.image;
  }
}

const Row kTwin = {"gcr.io/acme/app", "gcr.io/acme/app:latest", kAllow};

TEST(ImageReference, B01_Listed) {
  Expect({{"gcr.io/acme/app:v1", "gcr.io/acme/app:v1", kAllow},
          {"gcr.io/acme/team/deep/app:v1", "gcr.io/acme/team/deep/app:v1", kAllow}});
}

TEST(ImageReference, B02_TheDigestCounts) {
  const std::string image = "gcr.io/acme/app:v1" + kDigest;
  Expect({{image, image, kAllow}});
  std::string error;
  const auto reference = ParseImageReference(image, error);
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->tag, "v1");
  EXPECT_EQ(reference->digest, "sha256:" + kHex64);
  const std::string untagged = "gcr.io/acme/app" + kDigest;
  Expect({{untagged, untagged, kAllow}});
}

TEST(ImageReference, B03_LookalikeRegistry) {
  Expect({{"gcr.io.evil.com/acme/app", "gcr.io.evil.com/acme/app:latest", kDeny}, kTwin});
}

TEST(ImageReference, B04_LookalikeRegistryWithAHyphen) {
  Expect({{"gcr.io-evil.com/acme/app", "gcr.io-evil.com/acme/app:latest", kDeny},
          {"evil-gcr.io/acme/app", "evil-gcr.io/acme/app:latest", kDeny},
          kTwin});
}

TEST(ImageReference, B05_RegistryAsAPath) {
  Expect({{"evil.com/gcr.io/acme/app", "evil.com/gcr.io/acme/app:latest", kDeny}, kTwin});
}

TEST(ImageReference, B06_APortIsAnotherRegistry) {
  Expect({{"gcr.io:443/acme/app", "gcr.io:443/acme/app:latest", kDeny},
          {"gcr.io:5000/acme/app", "gcr.io:5000/acme/app:latest", kDeny},
          kTwin});
  const PolicySet with_port = Allowing("\"gcr.io:443/acme/*\"");
  EXPECT_TRUE(IsAllowed(with_port, "gcr.io:443/acme/app"));
  EXPECT_FALSE(IsAllowed(with_port, "gcr.io:5000/acme/app"));
  EXPECT_FALSE(IsAllowed(with_port, "gcr.io/acme/app"));
}

TEST(ImageReference, B07_AnotherComponent) {
  Expect({{"gcr.io/acmeevil/app", "gcr.io/acmeevil/app:latest", kDeny},
          {"gcr.io/acme-evil/app", "gcr.io/acme-evil/app:latest", kDeny},
          kTwin});
}

TEST(ImageReference, B08_TheFolderItself) {
  Expect({{"gcr.io/acme", "gcr.io/acme:latest", kDeny}, kTwin});
}

TEST(ImageReference, B09_PathsThatClimb) {
  Expect({{"gcr.io/acme/../evil/app", kBadName, kDeny},
          {"gcr.io//acme/app", kBadName, kDeny},
          {"gcr.io/acme/./app", kBadName, kDeny},
          {"gcr.io/acme/app/", kBadName, kDeny},
          kTwin});
}

TEST(ImageReference, B10_UpperCaseHost) {
  Expect({{"GCR.IO/acme/app", "GCR.IO/acme/app:latest", kDeny},
          {"Docker.io/nginx", "Docker.io/nginx:latest", kDeny},
          {"Docker.io/library/nginx", "Docker.io/library/nginx:latest", kDeny},
          {"docker.io/nginx", "docker.io/library/nginx:latest", kAllow},
          kTwin});
}

TEST(ImageReference, B11_UpperCaseRepository) {
  Expect({{"gcr.io/Acme/app", kUpper, kDeny}, {"gcr.io/acme/App", kUpper, kDeny}, kTwin});
}

TEST(ImageReference, B12_DockerHubInShort) {
  Expect({{"nginx", "docker.io/library/nginx:latest", kAllow},
          {"nginx:1.25", "docker.io/library/nginx:1.25", kAllow},
          {"library/nginx", "docker.io/library/nginx:latest", kAllow},
          {"docker.io/nginx", "docker.io/library/nginx:latest", kAllow},
          {"index.docker.io/library/nginx", "docker.io/library/nginx:latest", kAllow},
          {"index.docker.io/nginx", "docker.io/library/nginx:latest", kAllow}});
}

TEST(ImageReference, B13_NamesThatBeginAlike) {
  Expect({{"nginx-evil", "docker.io/library/nginx-evil:latest", kDeny},
          {"nginx/evil", "docker.io/nginx/evil:latest", kDeny},
          {"nginxevil", "docker.io/library/nginxevil:latest", kDeny},
          {"nginx", "docker.io/library/nginx:latest", kAllow}});
}

TEST(ImageReference, B14_AnAccountOfDockerHub) {
  Expect({{"acme/app", "docker.io/acme/app:latest", kDeny}, kTwin});
}

TEST(ImageReference, B15_ARegistryAloneIsARepository) {
  Expect({{"gcr.io", "docker.io/library/gcr.io:latest", kDeny},
          {"gcr.io:v1", "docker.io/library/gcr.io:v1", kDeny},
          kTwin});
}

TEST(ImageReference, B16_LookalikeDockerHub) {
  Expect({{"docker.io.evil.com/library/nginx", "docker.io.evil.com/library/nginx:latest", kDeny},
          {"docker.io-evil/library/nginx", "docker.io-evil/library/nginx:latest", kDeny},
          {"docker.io/library/nginx", "docker.io/library/nginx:latest", kAllow}});
}

TEST(ImageReference, B17_ADotIsADot) {
  Expect({{"dockerzio/library/nginx", "docker.io/dockerzio/library/nginx:latest", kDeny},
          {"docker.io/library/nginx", "docker.io/library/nginx:latest", kAllow}});
}

TEST(ImageReference, B18_AnotherHostNameOfDockerHub) {
  const std::string image = "registry-1.docker.io/library/nginx";
  Expect({{image, "registry-1.docker.io/library/nginx:latest", kDeny},
          {"docker.io/library/nginx", "docker.io/library/nginx:latest", kAllow}});
  EXPECT_TRUE(IsAllowed(Allowing("registry-1.docker.io/library/nginx"), image));
}

TEST(ImageReference, B19_LocalRegistries) {
  Expect({{"localhost/acme/app", "localhost/acme/app:latest", kDeny},
          {"localhost:5000/x", "localhost:5000/x:latest", kDeny},
          {"127.0.0.1/x", "127.0.0.1/x:latest", kDeny},
          {"[::1]:5000/acme/app", "[::1]:5000/acme/app:latest", kDeny},
          kTwin});
  EXPECT_TRUE(IsAllowed(Allowing("localhost/acme/*"), "localhost/acme/app"));
  EXPECT_TRUE(IsAllowed(Allowing("\"[::1]:5000/*\""), "[::1]:5000/acme/app"));
}

TEST(ImageReference, B20_AWholeRegistry) {
  Expect({{"registry.k8s.io", "docker.io/library/registry.k8s.io:latest", kDeny},
          {"registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9", kAllow},
          {"registry.k8s.io/a/b/c:1", "registry.k8s.io/a/b/c:1", kAllow}});
}

TEST(ImageReference, B21_WhiteSpace) {
  Expect({{" gcr.io/acme/app", kBadHost, kDeny},
          {"gcr.io/acme/app ", kBadName, kDeny},
          {"gcr.io/acme/app\t", kBadName, kDeny},
          {"gcr.io/acme/app\n", kBadName, kDeny},
          {"gcr.io/acme/app\r", kBadName, kDeny},
          {"gcr.io/acme/app:v1\n", kBadTag, kDeny},
          {"gcr.io/acme/app:v1\nevil.com/x", kBadTag, kDeny},
          {"\tnginx", kBadName, kDeny},
          kTwin});
}

TEST(ImageReference, B22_Nul) {
  EXPECT_EQ(Canonical("gcr.io/acme/app\0.evil.com/x"s), kBadName);
  EXPECT_EQ(Canonical("gcr.io/acme/app:v1\0"s), kBadTag);
  Expect({kTwin});
}

TEST(ImageReference, B23_LettersThatLookAlike) {
  Expect({{"g\xd1\x81r.io/acme/app", kBadHost, kDeny},
          {"gcr\xef\xbc\x8eio/acme/app", "(malformed repository name)", kDeny},
          {"gcr.io/acme/\xe2\x80\x8b"
           "app",
           kBadName, kDeny},
          {"gcr\xe2\x80\xa4io/acme/app", kBadName, kDeny},
          {"\xe2\x80\xae"
           "gcr.io/acme/app",
           kBadHost, kDeny},
          kTwin});
}

TEST(ImageReference, B24_Punycode) {
  Expect({{"xn--gr-jlc.io/acme/app", "xn--gr-jlc.io/acme/app:latest", kDeny}, kTwin});
}

TEST(ImageReference, B25_MalformedTagsAndDigests) {
  Expect({{"gcr.io/acme/app:a:b", kBadTag, kDeny},
          {"gcr.io/acme/app@sha256:short", kBadDigest, kDeny},
          {"gcr.io/acme/app@md5:0123456789abcdef0123456789abcdef", kBadDigest, kDeny},
          {"gcr.io/acme/app@sha384:" + kHex64 + kHex64.substr(32), kBadDigest, kDeny},
          {"gcr.io/acme/app@sha256:" + kHex64 + "0", kBadDigest, kDeny},
          {"gcr.io/acme/app" + kDigest + kDigest, kBadDigest, kDeny},
          {"gcr.io/acme/app:", kBadTag, kDeny},
          {"gcr.io/acme/app@", kBadDigest, kDeny},
          kTwin});
  const std::string sha512 = "gcr.io/acme/app@sha512:" + kHex64 + kHex64;
  Expect({{sha512, sha512, kAllow}});
}

TEST(ImageReference, B26_UserInfoAndSchemes) {
  Expect({{"gcr.io@evil.com/acme/app", kBadHost, kDeny},
          {"user:pw@gcr.io/acme/app", kBadHost, kDeny},
          {"https://gcr.io/acme/app", kBadHost, kDeny},
          {"docker://gcr.io/acme/app", kBadHost, kDeny},
          kTwin});
}

TEST(ImageReference, B27_CharactersOfOtherPaths) {
  Expect({{"gcr.io\\acme\\app", kBadName, kDeny},
          {"gcr.io/acme/app?x", kBadName, kDeny},
          {"gcr.io/acme/app#x", kBadName, kDeny},
          {"gcr.io/acme/%2e%2e/app", kBadName, kDeny},
          {"gcr.io/acme/*", kBadName, kDeny},
          kTwin});
}

TEST(ImageReference, B28_LocalImageIds) {
  const std::string by_id = "sha256:" + kHex64;
  const std::string canonical = "docker.io/library/sha256:" + kHex64;
  const std::string not_quite = kHex64.substr(1);
  const std::string not_quite_canonical = "docker.io/library/" + not_quite + ":latest";
  Expect({{kHex64, "(64 hex digits name an image by its local ID, not by registry and repository)",
           kDeny},
          {by_id, canonical, kDeny},
          {not_quite, not_quite_canonical, kDeny},
          kTwin});
  // Also where all of Docker Hub's official images are allowed.
  const PolicySet official = Allowing("docker.io/library/*");
  EXPECT_FALSE(IsAllowed(official, kHex64));
  EXPECT_FALSE(IsAllowed(official, by_id));
  EXPECT_TRUE(IsAllowed(official, not_quite));
  EXPECT_TRUE(IsAllowed(official, "nginx"));
}

TEST(ImageReference, B29_Empty) { Expect({{"", "(empty)", kDeny}, kTwin}); }

TEST(ImageReference, B30_TooLong) {
  std::string components = "gcr.io/acme";
  for (int i = 0; i < 60'000; ++i) components += "/a";
  const std::string_view too_long = "(longer than any image reference)";
  const std::vector<Row> rows = {{"gcr.io/acme/" + std::string(4'096, 'a'), too_long, kDeny},
                                 {"gcr.io/acme/" + std::string(100'000, 'a'), too_long, kDeny},
                                 {components, too_long, kDeny},
                                 {std::string(100'000, ':'), too_long, kDeny},
                                 kTwin};
  Expect(rows);
  for (const Row& row : rows) {
    // The best of a few, since the machine may be busy.
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      Canonical(row.image);
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    EXPECT_LT(best, std::chrono::milliseconds(1)) << row.image.substr(0, 64);
  }
}

TEST(ImageReference, B30_LongestParts) {
  const std::string name = "gcr.io/acme/" + std::string(250, 'a');
  EXPECT_EQ(Canonical(name), name + ":latest");
  EXPECT_EQ(Canonical(name + "a"), "(repository name too long)");
  const std::string tag = "gcr.io/acme/app:" + std::string(128, 'a');
  EXPECT_EQ(Canonical(tag), tag);
  EXPECT_EQ(Canonical(tag + "a"), kBadTag);
}

TEST(ImageReference, B31_AnEntryWithoutAWildcardIsOneRepository) {
  const PolicySet policies = Allowing("gcr.io/acme");
  EXPECT_TRUE(IsAllowed(policies, "gcr.io/acme"));
  EXPECT_TRUE(IsAllowed(policies, "gcr.io/acme:v1"));
  for (const std::string image :
       {"gcr.io/acme/app", "gcr.io/acmeevil", "gcr.io/acme-evil/app", "acme", "gcr.io"}) {
    EXPECT_FALSE(IsAllowed(policies, image)) << image;
  }
}

TEST(ImagePattern, WhatAnEntryMeans) {
  struct Case {
    std::string entry;
    std::string want;
  };
  for (const Case& c : std::vector<Case>{
           {"nginx", "docker.io library/nginx"},
           {"docker.io/*", "docker.io "},
           {"index.docker.io/acme/*", "docker.io acme"},
           {"acme/*", "docker.io acme"},
           {"gcr.io/*", "gcr.io "},
           {"gcr.io/a/b/*", "gcr.io a/b"},
           {"gcr.io:443/a", "gcr.io:443 a"},
           {"*", "a wildcard stands only at the end, as in gcr.io/acme/*"},
           {"gcr.io/*/app", "a wildcard stands only at the end, as in gcr.io/acme/*"},
           {"gcr.io/acme*", "a wildcard stands only at the end, as in gcr.io/acme/*"},
           {"*.gcr.io/*", "a wildcard stands only at the end, as in gcr.io/acme/*"},
           {"gcr.io/**", "a wildcard stands only at the end, as in gcr.io/acme/*"},
           {"gcr.io/acme/app:v1", "an entry names repositories; it has no tag and no digest"},
           {"gcr.io/acme/app" + kDigest,
            "an entry names repositories; it has no tag and no digest"},
           {"", "empty"},
           {"/*", "malformed repository name"},
           {"gcr.io/", "malformed repository name"},
           {"gcr.io/Acme/*", "repository name must be lower case"}}) {
    std::string error;
    const auto pattern = ImagePattern::Parse(c.entry, error);
    EXPECT_EQ(pattern ? pattern->registry() + " " + pattern->path() : error, c.want) << c.entry;
  }
}

TEST(ImageReference, ReadsEveryLineAsTheLibraryDoes) {
  std::ifstream file(TESTDATA "/images.tsv");
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const std::size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const std::string input = line.substr(0, tab);
    std::string error;
    const auto reference = ParseImageReference(input, error);
    const std::string got = reference ? reference->registry + "\t" + reference->repository + "\t" +
                                            reference->tag + "\t" + reference->digest
                                      : "invalid";
    const bool no_registry = line[tab + 1] == '\t';
    EXPECT_EQ(got, no_registry ? "invalid" : line.substr(tab + 1)) << input << " " << error;
  }
  EXPECT_GE(lines, 600);
}

}  // namespace
}  // namespace tidewaiter
