# docs/clients.md: its commands and its programs are run as they are, also while
# the service is away at first.

use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Blocks qw(kind_of expected_statuses run_commands);
use Inv::Markdown;
use Inv::Test;

my $root = abs_path("$FindBin::Bin/../..");
my @blocks = Inv::Markdown->new($root, 'docs/clients.md')->blocks;
my %text;
for my $block (@blocks) {
    my $kind = kind_of($block);
    ok($kind =~ /^(?:shell|python)$/, "docs/clients.md:$block->{line} is $kind");
    $text{$kind} .= "$block->{text}\n";
}

my $t = Inv::Test->new;
my $address = '127.0.0.1:' . $t->port;

# In shell, all of it in one session.
$t->run;
my $ran = run_commands(
    $text{shell},
    dir     => $t->dir,
    scratch => $t->dir,
    replace => [ [ '127.0.0.1:8080', $address ] ],
);
ok($ran->{ok}, 'what is in shell runs') or diag($ran->{output});
my @remaining = $ran->{output} =~ /"remaining":(\d+)/g;
is("@remaining", '8 8 7 12 11 11',
    'a second purchase with the key is the first, in batches and by webhooks too');
like($ran->{output}, qr/"status":409.*"requested":1000,"available":12/,
    'the line that asks for too much is a problem');
is($ran->{statuses}[-1], 200, 'the movements are there');

# In Python, which begins while nobody listens.
my $program = $t->write_file('client.py',
    $text{python} =~ s/127\.0\.0\.1:8080/$address/gr . <<'EOT');

# The test's own: a condition that fails once, and a key that is used twice.
rounds = 0


def disturbed(p):
    global rounds
    rounds += 1
    if rounds == 1:
        call("POST", f"/products/{p['id']}/purchase", {"quantity": 1})
    return {"name": "Edited"}


path = f"/products/{product['id']}"
status, edited = edit(path, disturbed)
assert (status, rounds, edited["name"], edited["stock"]) == (200, 2, "Edited", 7)
again = call("POST", f"{path}/purchase", {"quantity": 2}, key=f"order-{product['id']}-1")
assert again[2] == answer and again[1]["Idempotency-Replayed"] == "true"
assert call("POST", f"{path}/purchase", {"quantity": 8})[0] == 409
for n in range(120):
    call("POST", "/products", {"name": f"walker {n}", "price": 1, "stock": 1})
assert sum(p["stock"] for p in products("q=walker")) == 120
print("all is well")
EOT
my @wrong = $t->nginx->finish;
is("@wrong", '', 'nginx ends');
my $python = Inv::Process->start($t->dir . '/python.log', 'python3', $program);
select undef, undef, undef, 0.5;
ok(!defined $python->ended, 'the client tries while nobody listens');
$t->nginx->start;
is($python->wait_end(60), 0, 'it goes on once somebody does');
like($python->output, qr/^8\n\d+\nall is well$/m, 'and all is as the page says')
    or diag($python->output);

# Too many requests: 429, until there is room.
$t->restart(
    http      => 'limit_req_zone $server_name zone=one:1m rate=2r/s;',
    locations => 'location /api/ { limit_req zone=one; limit_req_status 429;'
        . ' inventory_api; }',
);
$ran = run_commands(
    join("\n", (grep { kind_of($_) eq 'shell' } @blocks)[0]{text},
        q(for n in 1 2 3; do),
        q(    post "limited-$n" /products '{"name": "x", "price": 1}'),
        q(done)),
    dir     => $t->dir,
    scratch => $t->dir,
    replace => [ [ '127.0.0.1:8080', $address ] ],
);
ok($ran->{ok}, 'who is too fast comes again') or diag($ran->{output});

$t->done;
