#include "webhook/cli/command.h"

int main(int argc, char** argv) {
  return tidewaiter::RunCli(argc, argv, tidewaiter::ShippedChecks());
}
