// Writes ../testdata/pod_security/verdicts.tsv: what upstream's implementation of the Pod Security
// Standards says of the pods in ../testdata/pod_security/pods.tsv, in every version of the standards.
//
//	cd tests/pod_security && go run .
//
// A row is a pod's name, a check or level, and the versions in which it refuses the pod. The tests
// (tests/unit/checks/pod_security_table_test.cc) hold our checks to that table, without Go.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const (
	folder    = "../testdata/pod_security/"
	lastMinor = 38 // one more than the last version with a change
)

// versionsOf writes runs of versions as "0-18,31-".
func versionsOf(refused []bool) string {
	var runs []string
	for first := 0; first < len(refused); first++ {
		if !refused[first] {
			continue
		}
		last := first
		for last+1 < len(refused) && refused[last+1] {
			last++
		}
		if last == len(refused)-1 {
			runs = append(runs, fmt.Sprintf("%d-", first))
		} else {
			runs = append(runs, fmt.Sprintf("%d-%d", first, last))
		}
		first = last
	}
	return strings.Join(runs, ",")
}

// ruleAt is the rule of a check in a version; nil before its first.
func ruleAt(check policy.Check, version api.Version) policy.CheckPodFn {
	var rule policy.CheckPodFn
	for _, versioned := range check.Versions {
		if !version.Older(versioned.MinimumVersion) {
			rule = versioned.CheckPod
		}
	}
	return rule
}

func main() {
	checks := policy.DefaultChecks()
	sort.Slice(checks, func(i, j int) bool { return checks[i].ID < checks[j].ID })
	evaluator, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		log.Fatal(err)
	}
	pods, err := os.ReadFile(folder + "pods.tsv")
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	for _, line := range strings.Split(strings.TrimSpace(string(pods)), "\n") {
		name, text, _ := strings.Cut(line, "\t")
		var pod corev1.Pod
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&pod); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		row := func(what string, judge func(api.Version) bool) {
			refused := make([]bool, lastMinor+1)
			for minor := range refused {
				refused[minor] = judge(api.MajorMinorVersion(1, minor))
			}
			if versions := versionsOf(refused); versions != "" {
				fmt.Fprintf(&out, "%s\t%s\t%s\n", name, what, versions)
			}
		}
		for _, check := range checks {
			row(string(check.ID), func(version api.Version) bool {
				rule := ruleAt(check, version)
				return rule != nil && !rule(&pod.ObjectMeta, &pod.Spec).Allowed
			})
		}
		for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
			row(string(level), func(version api.Version) bool {
				results := evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: version},
					&pod.ObjectMeta, &pod.Spec)
				return !policy.AggregateCheckResults(results).Allowed
			})
		}
	}
	if err := os.WriteFile(folder+"verdicts.tsv", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
