# What one worker has seen of MongoDB's time, another worker's reads ask for: a
# read after an acknowledged write is as new as the write, on whichever member.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::ClusterTime;
use Inv::Test;

my $dir   = File::Temp->newdir('inv-time-XXXXXXXX', TMPDIR => 1);
my $relay = Inv::ClusterTime->new(
    uri => Inv::Servers::mongo_uri(),
    log => "$dir/relay.log",
);
my $t = Inv::Test->new(mongo => $relay->uri);
$t->run(server => '        add_header X-Worker $pid always;');

my $buy = $t->path($t->create(stock => 1000), 'purchase');
my $nth = 0;

# The greatest time that a command of that name was told among these notes.
sub told {
    my ($command, @notes) = @_;
    my $most = 0;
    for my $note (grep { $_->[0] eq 'told' && $_->[2] =~ $command } @notes) {
        $most = $note->[1] if $note->[1] > $most;
    }
    return $most;
}

# Buys through one worker, then asks through the other for a product that
# MongoDB alone can say is none.  The time that the purchase's command was told,
# the two answers, and the commands of the read.
sub buy_and_read {
    my ($from) = @_;
    for (1 .. 200) {
        my $bought = $t->post($buy, { quantity => 1 });
        my $time = told(qr/^findAndModify$/, $relay->noted($from));
        my $id = sprintf 'd6%022x', ++$nth;
        my $read = $t->get("/api/products/$id");
        next if $read->header('X-Worker') eq $bought->header('X-Worker');
        my $bytes = pack 'H*', $id;
        my @finds = grep { $_->[0] eq 'find' && index($_->[2], $bytes) > 0 }
            $relay->noted($from);
        return ($time, $bought, $read, @finds);
    }
    return BAIL_OUT('one worker answers everything');
}

my ($time, $bought, $read, @finds) = buy_and_read(0);
$t->status_is($bought, 200, 'one worker sells');
cmp_ok($time, '>', 0, 'and is told a time');
$t->problem_is($read, 404, 'not-found', 'another worker reads');
is(scalar @finds, 1, 'with one command');
cmp_ok($finds[0][1], '>=', $time, 'which asks for that time, or a later one');

# A list, too: it shows the product that was created through whichever worker.
my $from = $relay->count;
my $created = $t->create(name => 'of just now');
$time = told(qr/^insert$/, $relay->noted($from));
$from = $relay->count;
my $list = $t->get('/api/products?limit=7');
is($list->json->{items}[0]{id}, $created->{id}, 'a list shows what is new');
my ($page) = grep { $_->[0] eq 'find' && index($_->[2], 'createdAt') > 0 }
    $relay->noted($from);
cmp_ok($time, '>', 0, 'of whose creation a time was told');
cmp_ok($page->[1], '>=', $time, 'and asks for the time of its creation');

# Another cluster in the place of the first, from a backup say: its time is
# behind.  Nobody hears of it, and its own time takes the place of the old one.
$from = $relay->count;
$relay->turn_back;
wait_until(sub { grep { $_->[0] eq 'turned' } $relay->noted($from) }, 30)
    or BAIL_OUT('the relay does not turn back');
my $turned = $relay->count;
($time, $bought, $read, @finds) = buy_and_read($turned);
$t->status_is($bought, 200, 'behind: sells all the same');
$t->problem_is($read, 404, 'not-found', 'behind: reads');
ok(
    wait_until(
        sub {
            $from = $relay->count;
            (undef, $bought, $read, @finds) = buy_and_read($from);
            return !grep { $_->[0] eq 'refused' } $relay->noted($from);
        },
        30
    ),
    'the time of before is forgotten, by all workers'
);
cmp_ok($finds[-1][1], '>',  0, 'a time is asked for again');
cmp_ok($finds[-1][1], '<=', told(qr/./, $relay->noted($turned)),
    'it is one that was told since');
is($t->tally($t->all(map { [ GET => $t->path($created) ] } 1 .. 8))->{200}, 8,
    'and reads go on');

$t->done;
