package Inv::Bench::Lists;

# Pages of products, timed one by one on one connection.
#
# Cold: right after a change of the catalogue, so the ids of the page come from
# MongoDB; its items may be in caches, but for deep pages, which are other ones
# each time.  Hot: the same page again and again.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(min);
use Test::More;
use Time::HiRes qw(time);

use Inv::Bench::Load  qw(client);
use Inv::Bench::Table qw(percentile);
use Inv::HTTP         qw(request_text);

our @EXPORT_OK = qw(lists measure_list);

use constant {
    LIMIT       => 20,
    LONG_LIMIT  => 100,
    HOT_SECONDS => 1,

    # The part of all products that a deep page is behind.  A filter that has a
    # deep page lets a tenth of them through at least.
    DEEP          => 0.5,
    DEEP_FILTERED => 0.05,

    # A list that is slow is not asked so often.
    PATIENCE_SECONDS => 20,
};

my %MEMBER = map { ($_ => $_, "-$_" => $_) } qw(createdAt name price stock);

# What is asked for; name: as it is shown; deep: the part of all products that
# it is behind, by cursors.
sub lists {
    my @sorts = map { ($_, "-$_") } qw(createdAt name price stock);
    my @filters = (
        'category=category0',           'category=category150',
        'category=category0&sort=price', 'category=category0&sort=stock',
        'tag=tag0',                     'tag=tag300',
        'tag=tag0&sort=name',           'category=category0&tag=tag0',
        'q=word0',                      'q=word3000',
        'q=word0%20word1',                'q=word20%20word3000',
        'q=word0&sort=price',           'q=word5&category=category0',
        'minPrice=500&maxPrice=501',    'minPrice=500&sort=price',
        'inStock=true',                 'inStock=false',
        'inStock=true&sort=price',      'lowStock=true',
        'sku=SKU-77',
    );
    my %deep = map { ("sort=$_" => DEEP) } @sorts;
    $deep{$_} = DEEP_FILTERED
        for 'category=category0', 'tag=tag0', 'q=word0', 'q=word0&sort=price';
    return (
        (map { { name => "sort=$_", query => "sort=$_" } } @sorts),
        (map { { name => $_, query => $_ } } @filters),
        { name => 'page=400', query => 'page=400' },
        (   map { { name => "$_, deep", query => $_, deep => $deep{$_} } }
            sort keys %deep
        ),
    );
}

# list: one of lists.  t, nginx, samples, size (how many products there are),
# depth (items before a deep page, at most), other: the path of a product that is changed.  Returns {status, cold: [p50,
# p99], hot: [p50, p99]} in ms; short: there was no time to go so deep.
sub measure_list {
    my ($list, %opt) = @_;
    my $connection = Inv::HTTP::Connection->new($opt{nginx}{port});
    my %at = (%opt, connection => $connection, list => $list);
    my $path = path($list->{query}, LIMIT);
    my ($first) = timed(\%at, $path);
    return { status => $first->status } if $first->status != 200;

    $path = deep_path(\%at) if $list->{deep};
    my @cold;
    my $end = time + PATIENCE_SECONDS;
    while (defined $path && @cold < $opt{samples} && time < $end) {
        change(\%at);
        my ($r, $ms) = timed(\%at, $path);
        push @cold, $ms;
        check(\%at, $r);
        my $next = $r->json->{page}{next};
        $path = path($list->{query}, LIMIT, $next)
            if $list->{deep} && defined $next;
    }
    $connection->close;
    return { status => 'too short' } if !@cold;
    return {
        status => 200,
        short  => $at{short},
        cold   => [ map { percentile($_, @cold) } 0.5, 0.99 ],
        hot    => hot(\%opt, $path),
    };
}

sub path {
    my ($query, $limit, $cursor) = @_;
    $query .= "&limit=$limit" if $query !~ /^page=/;
    $query .= "&cursor=$cursor" if defined $cursor;
    return "/api/products?$query";
}

# The page behind so many items, or (short) as many as there was time for;
# undef: there are not so many.
sub deep_path {
    my ($at) = @_;
    my ($query, $cursor) = ($at->{list}{query});
    my $end = time + PATIENCE_SECONDS;
    my $depth = min($at->{depth}, $at->{size} * $at->{list}{deep});
    for (my $seen = 0; $seen < $depth; $seen += LONG_LIMIT) {
        my ($r) = timed($at, path($query, LONG_LIMIT, $cursor));
        $cursor = ($r->json // {})->{page}{next};
        return if !defined $cursor;
        if (time > $end) {
            $at->{short} = 1;
            last;
        }
    }
    return path($query, LIMIT, $cursor);
}

sub timed {
    my ($at, $path) = @_;
    my $text = request_text('GET', $path, keepalive => 1);
    my $began = time;
    $at->{connection}->write($text);
    my $r = $at->{connection}->response(method => 'GET');
    return ($r, 1000 * (time - $began));
}

sub change {
    my ($at) = @_;
    $at->{connection}->write(
        request_text(
            'PATCH', $at->{other},
            keepalive => 1,
            type      => 'application/merge-patch+json',
            json      => { name => 'Changed ' . time },
        )
    );
    my $r = $at->{connection}->response(method => 'PATCH');
    is($r->status, 200, 'a change of the catalogue') or diag($r->text);
    return;
}

# Each item belongs there, and they are in the order.
sub check {
    my ($at, $r) = @_;
    my $query = $at->{list}{query};
    is($r->status, 200, $query) or return;
    my @items = @{ $r->json->{items} };
    my %is = map { /([^=]+)=(.*)/ } split /&/, $query;
    is(join(' ', map { $_->{id} } grep { !belongs($_, \%is) } @items),
        '', "$query: what belongs there");
    my $sort = $is{sort} // '-createdAt';
    my $by = $MEMBER{$sort};
    my @values = map { $_->{$by} } @items;
    @values = reverse @values if $sort =~ /^-/;
    my $wrong = grep {
        $by =~ /At|name/
            ? $values[ $_ - 1 ] gt $values[$_]
            : $values[ $_ - 1 ] > $values[$_]
    } 1 .. $#values;
    is($wrong, 0, "$query: in order");
    return;
}

sub belongs {
    my ($item, $is) = @_;
    my $text = lc join ' ', map { $item->{$_} // '' } qw(name description);
    my %words = map { $_ => 1 } split ' ', $text;
    my %holds = (
        category => sub { ($item->{category} // '') eq $_[0] },
        tag      => sub { scalar grep { $_ eq $_[0] } @{ $item->{tags} } },
        sku      => sub { $item->{sku} eq $_[0] },
        minPrice => sub { $item->{price} >= $_[0] },
        maxPrice => sub { $item->{price} <= $_[0] },
        inStock  => sub { ($item->{stock} > 0) == ($_[0] eq 'true') },
        lowStock => sub { $item->{stock} <= ($item->{lowStock} // -1) },
        q        => sub { !grep { !$words{$_} } split /%20/, $_[0] },
    );
    return !grep { $holds{$_} && !$holds{$_}->($is->{$_}) } keys %{$is};
}

sub hot {
    my ($opt, $path) = @_;
    my $result = client(
        nginx       => $opt->{nginx},
        connections => 1,
        seconds     => HOT_SECONDS,
        order       => 'random',
        file        => $opt->{t}->write_file('list', "GET $path\n"),
    );
    is($result->{status} + $result->{broken}, 0, "$path: every answer is good");
    return [ map { $result->{$_} / 1000 } qw(p50 p99) ];
}

1;
