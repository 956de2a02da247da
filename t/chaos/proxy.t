# The fault proxy: each of its faults does what it says, to the right commands.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use Test::More;
use Time::HiRes qw(sleep time);

use Inv::Chaos::Proxy;
use Inv::Mongo;
use Inv::Process qw(wait_until);
use Inv::Servers;

my $dir      = File::Temp->newdir('inv-proxy-XXXXXXXX', TMPDIR => 1);
my $database = sprintf 'invtest_%d_%06x', $$, int rand 1 << 24;
my $server   = Inv::Servers::mongo_uri();
my $direct   = Inv::Mongo->new(Inv::Servers::with_database($server, $database));
my $proxy    = Inv::Chaos::Proxy->new(
    uri  => $server,
    seed => 7,
    log  => "$dir/proxy.log",
);
my $options = 'socketTimeoutMS=700&serverSelectionTimeoutMS=2000'
    . '&retryReads=false&retryWrites=false';
my $through_uri = Inv::Servers::with_database(
    $proxy->uri . ($proxy->uri =~ /\?/ ? '&' : '/?') . $options, $database);
my $through;
my $n = 0;

# One insert through the proxy: (its id, the reply).
sub insert {
    my $id = ++$n;
    my $reply = $through->try(insert => 'things', documents => [ { _id => $id } ]);
    return ($id, $reply);
}

sub there {
    my ($id) = @_;
    return scalar $direct->find('things', { _id => $id });
}

# A fresh client, since some faults leave the driver waiting between tries.
sub with_fault {
    my (@rules) = @_;
    $proxy->faults;
    $through = Inv::Mongo->new($through_uri);
    $through->command(ping => 1);
    return $proxy->faults(@rules);
}

sub expect {
    my ($rule, %want) = @_;
    with_fault("$rule command=insert collection=things");
    my $began = time;
    my ($id, $reply) = insert();
    my $took = time - $began;
    is($reply->{ok}, $want{ok} // 0, "$rule: ok $reply->{ok}");
    is($reply->{code}, $want{code}, "$rule: the code") if $want{code};
    is(!!there($id), !!$want{there}, "$rule: whether it was done");
    cmp_ok($took, '>=', $want{least}, "$rule: takes $took s")
        if $want{least};
    cmp_ok($took, '<', $want{most} // 1.5, "$rule: and not longer");
    return ($id, $reply);
}

$direct->command(insert => 'things', documents => [ { _id => 0 } ]);

with_fault();
my ($first, $answer) = insert();
is($answer->{ok}, 1, 'quiet: a command is done');
ok(there($first), 'by the server');

expect('drop 1000000', least => 0.6);
expect('cut-before 1000000', most => 0.5);
expect('cut-after 1000000', there => 1, most => 0.6);
expect('swallow 1000000', there => 1, least => 0.6);
expect('delay 1000000 ms=200-300', there => 1, ok => 1, least => 0.2);
expect("error 1000000 code=$_", code => $_, most => 0.5)
    for 10107, 91, 189, 11602, 112;
expect("mask 1000000 code=$_", code => $_, there => 1, most => 0.5)
    for 91, 189, 11602;
my (undef, $concern) = expect('concern 1000000 code=64', ok => 1, there => 1);
is($concern->{writeConcernError}{code}, 64, 'concern: beside what it says');
is($concern->{n}, 1, 'concern: which is there too');

# What is held lands though its client has gone.
my ($held) = expect('hold 1000000 ms=1500-1500', least => 0.6);
undef $through;
cmp_ok($proxy->status->{'under-way'}, '>=', 1, 'hold: it is on its way');
ok(wait_until(sub { there($held) }, 5), 'hold: it lands');
ok(wait_until(sub { !$proxy->status->{'under-way'} }, 5), 'hold: once');

# A fault is for the commands that it names.
with_fault('error 1000000 command=find', 'error 1000000 collection=others');
is((insert())[1]{ok}, 1, 'another command passes');
is($through->try(find => 'things')->{ok}, 0, 'the one that is named does not');
$through = Inv::Mongo->new($through_uri);
is($through->try(insert => 'others', documents => [ { _id => 1 } ])->{ok}, 0,
    'nor one on a collection that is named');

# A fault is drawn as often as it is told.
with_fault('error 1000000 code=112 times=2 command=insert');
is(join(' ', map { (insert())[1]{ok} } 1 .. 4), '0 0 1 1', 'two times');

# Probabilities.
with_fault('delay 300000 ms=0-1 command=insert');
my $before = $proxy->status->{delay};
insert() for 1 .. 400;
my $delayed = $proxy->status->{delay} - $before;
cmp_ok(abs($delayed - 120), '<', 50, "three tenths of 400: $delayed");

# Commands are counted by name, and apart where they look into outboxes.
with_fault();
$before = $proxy->status;
insert() for 1 .. 3;
$through->find('things', {});
$through->command(find => 'things', projection => { 'outbox.b' => 1 })
    for 1 .. 2;
my %came = %{ $proxy->status };
$came{$_} -= $before->{$_} // 0 for keys %came;
is($came{'insert:things'},      3, 'the inserts');
is($came{'find:things'},        1, 'the find');
is($came{'find:things:outbox'}, 2, 'and those that look into outboxes');

# Ends, and going away.
with_fault();
$proxy->tell('cut');
is((insert())[1]{ok}, 0, 'cut: connections end');
$proxy->tell('down');
$through = Inv::Mongo->new($through_uri);
is((insert())[1]{ok}, 0, 'down: no new one');
$proxy->tell('up');
$through = Inv::Mongo->new($through_uri);
is((insert())[1]{ok}, 1, 'up: as before');

# A server that pushes its hello says its version with errors that are news of
# it: to drivers that know the version they are none, and the server stays usable.
$proxy->tell('stream');
for my $fault (qw(error mask concern)) {
    for my $code (10107, 91, 112) {
        with_fault("$fault 1000000 code=$code command=insert");
        my $reply = (insert())[1];
        my $hello = $through->command(hello => 1);
        is_deeply(
            $reply->{topologyVersion},
            $code == 112 ? undef : $hello->{topologyVersion},
            "$fault $code: the version"
        );
        ok($hello->{topologyVersion}, "$fault $code: which the hello has too");
    }
}

ok(!eval { $proxy->tell('rule nothing 5'); 1 }, 'no such rule');
ok(!eval { $proxy->tell('rule drop 1000001'); 1 }, 'no such probability');
like($proxy->log, qr/^seed 7$/m, 'the log has the seed');
like($proxy->log, qr/insert things: hold 1500 ms$/m, 'and what was done');

# Large documents, and many clients: whole frames, in their order.
my $large = 'x' x 3_000_000;
$through->command(insert => 'large', documents => [ { _id => 1, text => $large } ]);
is(length(($through->find('large', {}))[0]{text}), 3_000_000, 'large ones');

$direct->drop;
done_testing();
