package main

import (
	"fmt"
	"strings"
	"time"
)

// failure is what a failed check panics with.
type failure string

var cases []struct {
	name string
	body func()
}

func add(name string, body func()) {
	cases = append(cases, struct {
		name string
		body func()
	}{name, body})
}

// runCases runs the cases in the order in which they were added and reports them line by line.
func runCases() {
	for _, each := range cases {
		if why := attempt(each.body); why != "" {
			fmt.Printf("not ok - %s\t%s\n", each.name, strings.Join(strings.Fields(why), " "))
		} else {
			fmt.Printf("ok - %s\n", each.name)
		}
	}
	fmt.Println("done")
}

func attempt(body func()) (why string) {
	defer func() {
		if reason := recover(); reason != nil {
			why = fmt.Sprint(reason)
		}
	}()
	body()
	return ""
}

func check(condition bool, format string, args ...any) {
	if !condition {
		panic(failure(fmt.Sprintf(format, args...)))
	}
}

func equal(actual, expected any) {
	a, e := fmt.Sprint(actual), fmt.Sprint(expected)
	check(a == e, "%s instead of %s", a, e)
}

func must[T any](value T, err error) T {
	ok(err)
	return value
}

func ok(err error) {
	check(err == nil, "%v", err)
}

// until calls probe until it returns true.
func until(what string, probe func() bool) {
	deadline := time.Now().Add(30 * time.Second)
	for !probe() {
		check(time.Now().Before(deadline), "%s: not within 30 s", what)
		time.Sleep(5 * time.Millisecond)
	}
}
