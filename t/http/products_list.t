# The page of products: limits, cursors, pages, totals, and a list that changes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;

sub list {
    my ($query) = @_;
    return $t->get('/api/products' . ($query // ''));
}

sub ids { return map { $_->{id} } @{ $_[0]->json->{items} } }

# Nothing there.
my $r = list();
$t->status_is($r, 200, 'an empty list');
same_json($r->json, { items => [], page => { limit => 20, next => undef } },
    'is an envelope');
is($r->header('Link'), undef, 'without a next page');
same_json(list('?page=1')->json->{page},
    { limit => 20, next => undef, total => 0 }, 'a total of nothing');

my @made = map { $t->create(name => "Product $_", stock => $_) } 1 .. 45;
my %made = map { $_->{id} => $_ } @made;
my @newest_first = map { $_->{id} }
    sort { $b->{createdAt} cmp $a->{createdAt} || $b->{id} cmp $a->{id} } @made;

# Pages by cursor
$r = list();
is(scalar ids($r), 20, 'twenty, unless said');
is($r->header('Content-Type'), 'application/json', 'JSON');
is_deeply([ ids($r) ], [ @newest_first[ 0 .. 19 ] ], 'newest first');
same_json($r->json->{items}[3], $made{ $newest_first[3] },
    'items are as a GET of each');
is($r->json->{page}{limit}, 20, 'limit');
ok(!exists $r->json->{page}{total}, 'no total without page=');

# Who keeps it asks again: stock changes at any time.
for my $query ('', '?limit=1', '?page=2', '?category=nobody', '?ids=' . join ',', ids($r)) {
    my $answer = list($query);
    $t->status_is($answer, 200, "$query: 200");
    is($answer->header('Cache-Control'), 'no-cache', "$query: Cache-Control");
}

my @seen = ids($r);
my @sizes;
while (my $cursor = $r->json->{page}{next}) {
    my ($target) = ($r->header('Link') // '') =~ /^<([^>]*)>; rel="next"$/;
    ok($target, 'Link beside next');
    $target =~ s{^https?://[^/]*}{};
    $r = $t->get($target);
    $t->status_is($r, 200, 'the next page');
    same_json(list("?cursor=$cursor")->json, $r->json, 'is the cursor\'s');
    push @sizes, scalar ids($r);
    push @seen, ids($r);
}
is_deeply(\@sizes, [ 20, 5 ], 'the rest');
is_deeply(\@seen, \@newest_first, 'each once, in order');
is($r->header('Link'), undef, 'the last page has no next');

# The limit goes on with the cursor, exactly full pages end too.
$r = list('?limit=15');
is(scalar ids($r), 15, 'limit=15');
for (1, 2) {
    $r = list('?limit=15&cursor=' . $r->json->{page}{next});
    is(scalar ids($r), 15, 'and so on');
}
is($r->json->{page}{next}, undef, 'no page after an exactly full one');
is(list('?limit=1000')->json->{page}{limit}, 100, 'a limit above 100 is 100');
is(scalar ids(list('?limit=1')), 1, 'limit=1');

# Pages by number
$r = list('?page=2&limit=10');
is_deeply([ ids($r) ], [ @newest_first[ 10 .. 19 ] ], 'page 2');
is($r->json->{page}{total}, 45, 'the total');
ok(!exists $r->json->{page}{totalIsExact}, 'is exact');
$r = list('?page=5&limit=10');
is(scalar ids($r), 5, 'the last page');
$r = list('?page=6&limit=10');
is(scalar ids($r), 0, 'past the end');
is($r->json->{page}{total}, 45, 'still with the total');
$t->status_is(list('?page=100&limit=100'), 200, 'page x limit of 10,000');

# HEAD
my $head = $t->head('/api/products?limit=3');
$t->status_is($head, 200, 'HEAD');
is($head->header('Content-Length'),
    length list('?limit=3')->body, 'with the length');

# What is refused
my %wrong = (
    '?limit=0'            => ['?limit'],
    '?limit=-1'           => ['?limit'],
    '?limit=x'            => ['?limit'],
    '?limit='             => ['?limit'],
    '?limit=1.5'          => ['?limit'],
    '?page=0'             => ['?page'],
    '?page=x'             => ['?page'],
    '?page=101&limit=100' => ['?page'],
    '?page=99999999999999999999' => ['?page'],
    '?colour=red'         => ['?colour'],
    '?limit=1&limit=2'    => ['?limit'],
    '?cursor=x'           => ['?cursor'],
    '?cursor='            => ['?cursor'],
    '?limit=0&page=x'     => [ '?limit', '?page' ],
);
$t->pointers_are(list($_), $wrong{$_}, "422: $_") for sort keys %wrong;
my $cursor = list('?limit=5')->json->{page}{next};
$t->problem_is(list("?cursor=$cursor&page=1"), 422, 'invalid-request',
    'cursor with page');
$t->problem_is(list('?cursor=' . substr($cursor, 0, -1)), 422,
    'invalid-request', 'half a cursor');
$t->problem_is(list('?cursor=' . reverse $cursor), 422,
    'invalid-request', 'a cursor turned round');
is(scalar ids(list("?limit=%35")), 5, 'a parameter may be percent-encoded');
$t->problem_is(list('?limit=%3'), 422, 'invalid-request',
    'a broken percent-encoding');

# Purchases show.
$t->request(POST => $t->path($made[44], 'purchase'));
is(list('?limit=1')->json->{items}[0]{stock}, 44, 'the stock after a purchase');

# A list that changes while it is walked: what was there all the time is seen
# once; what came or went meanwhile, at most once.
my %stays = map { $_->{id} => 1 } @made;
my (%count, $next);
my $step = 0;
do {
    $r = list('?limit=7' . ($next ? "&cursor=$next" : ''));
    $count{$_}++ for ids($r);
    $next = $r->json->{page}{next};
    $t->create(name => 'came later');
    my $victim = $newest_first[ (5, 20, 40)[ $step % 3 ] + int($step / 3) ];
    $t->status_is($t->delete("/api/products/$victim"), 204, 'one goes');
    delete $stays{$victim};
    $t->patch("/api/products/$newest_first[10]", { name => "edit $step" });
    $step++;
} while $next && $step < 20;
is(join(' ', grep { $count{$_} > 1 } keys %count), '', 'none is seen twice');
is(join(' ', grep { !$count{$_} } keys %stays), '', 'none that stays is missed');

$t->done;
