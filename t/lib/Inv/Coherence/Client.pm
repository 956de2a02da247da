package Inv::Coherence::Client;

# One process of clients: reads of all kinds and, among them, writes, each of
# which is read at once through other connections; all of it written down.  It
# alone edits the products that it owns, one edit of each at a time.

use strict;
use warnings;

use Digest::MD5 qw(md5_base64);
use Time::HiRes qw(sleep);

use Inv::HTTP qw(drive request_text);
use Inv::Chaos::Random;
use Inv::Coherence::Journal qw(now);
use Inv::Coherence::Shop;

# Whoever has waited so long has no answer: more than requests have.
use constant PATIENCE => 15;

# The shares of requests that go to the preferred nginx, and that leave their
# connection open.
use constant KEPT => 0.85;

# The share of purchases and restocks that have a key, and are repeated.
use constant KEYED => 0.15;

# Seconds, where nobody answers.
use constant PAUSE => 0.005;

my %WRITES = (
    purchase => 50,
    restock  => 12,
    rename   => 12,
    move     => 10,
    swap     => 6,
    create   => 6,
    delete   => 4,
);
my %READS = (get => 60, head => 8, match => 8, page => 2,
    ids => 8, sku => 8, category => 4, word => 2);
my @SORTS = qw(createdAt -createdAt name -name price -price);

# name: of this process; seed; ports: of all nginx, the one to be preferred
# first; shop: an Inv::Coherence::Shop; journal: its file; connections; ends: on
# the clock of the journal; share: of the writes; features: {kind of read =>
# whether the product has it}.
sub new {
    my ($class, %opt) = @_;
    my %reads = map { $_ => $READS{$_} }
        grep { $opt{features}{$_} // 1 } keys %READS;
    return bless {
        %opt,
        random => Inv::Chaos::Random->new($opt{seed}, $opt{name}),
        reads  => _deck(%reads),
        writes => _deck(%WRITES),
        next   => [],    # what is to be asked before anything else
        recent => [],    # products that were written here
        seen   => {},    # versions, for If-None-Match
        count  => 0,
    }, $class;
}

sub _deck {
    my (%weight) = @_;
    return [ map { ($_) x $weight{$_} } sort keys %weight ];
}

sub run {
    my ($self) = @_;
    $self->{out} = Inv::Coherence::Journal->new($self->{journal});
    drive(
        connections => $self->{connections},
        request     => sub { return $self->_next },
        response    => sub { return $self->_heard(@_) },
        tick        => sub { return $self->{shop}->look },
    );
    $self->{out}->close;
    return;
}

sub _next {
    my ($self) = @_;
    return if now() >= $self->{ends};
    my $request = shift @{ $self->{next} };
    while (!$request) {
        $request = $self->{random}->chance($self->{share})
            ? $self->_write : $self->_read;
    }
    return $self->_sent($request);
}

# The request on its way; its time is taken last.
sub _sent {
    my ($self, $request) = @_;
    my $random = $self->{random};
    my @headers = @{ $request->{headers} // [] };
    $request->{port}
        //= $random->chance(KEPT) ? $self->{ports}[0] : $random->pick(
            @{ $self->{ports} });
    $request->{timeout} = PATIENCE;
    $request->{text} = request_text(
        $request->{method} => "/api/products$request->{path}",
        $request->{json} ? (json => $request->{json}) : (),
        keepalive => $random->chance(KEPT),
        $request->{method} eq 'PATCH'
        ? (type => 'application/merge-patch+json') : (),
        headers => \@headers,
    );
    $request->{began} = now();
    return $request;
}


# Reads.

sub _read {
    my ($self, $kind, $id) = @_;
    $kind //= $self->{random}->pick(@{ $self->{reads} });
    my $read = $self->can("_read_$kind")->($self, $id // $self->_product);
    return { is => 'r', kind => $kind, method => 'GET', %{$read} };
}

sub _product {
    my ($self) = @_;
    my $random = $self->{random};
    my $shop = $self->{shop};
    return $random->pick($shop->hot) if $random->chance(0.45);
    return $random->pick(@{ $self->{recent} })
        if @{ $self->{recent} } && $random->chance(0.4);
    return $random->pick($shop->all);
}

sub _read_get {
    my ($self, $id) = @_;
    return { path => "/$id", subject => "id=$id" };
}

sub _read_head {
    my ($self, $id) = @_;
    return { path => "/$id", subject => "id=$id", method => 'HEAD' };
}

sub _read_match {
    my ($self, $id) = @_;
    my $version = $self->{seen}{$id} // 1;
    return {
        path    => "/$id",
        subject => "id=$id",
        headers => [ 'If-None-Match' => qq("$version") ],
    };
}

sub _read_page {
    my ($self) = @_;
    return { path => '?limit=20', subject => '' };
}

sub _read_ids {
    my ($self, $id) = @_;
    my %ids = map { $_ => 1 } $id,
        map { $self->_product } 1 .. $self->{random}->between(0, 8);
    my $ids = join ',', sort keys %ids;
    return { path => "?ids=$ids", subject => "ids=$ids", whole => 1 };
}

sub _read_sku {
    my ($self, $id) = @_;
    my $sku = $self->{shop}->sku_of($id) // $self->{shop}->any_sku(
        $self->{random});
    return { path => "/sku/$sku", subject => "sku=$sku", whole => 1 };
}

sub _read_category {
    my ($self, $id) = @_;
    my $category = $self->{shop}->member_of($id, 'category')
        // $self->{shop}->any_category($self->{random});
    return $self->_list("category=$category", "category=$category");
}

sub _read_word {
    my ($self, $id) = @_;
    my $word = $self->{shop}->member_of($id, 'word')
        // $self->{shop}->any_word($self->{random});
    return $self->_list("q=$word", "word=$word");
}

# A category or a word is on fewer products than a page has.
sub _list {
    my ($self, $query, $subject) = @_;
    my $sort = $self->{random}->pick(@SORTS);
    return { path => "?$query&limit=100&sort=$sort", subject => $subject };
}


# Writes.

sub _write {
    my ($self) = @_;
    my $kind = $self->{random}->pick(@{ $self->{writes} });
    return $self->can("_write_$kind")->($self);
}

sub _write_purchase { my ($self) = @_; return $self->_stock('purchase') }
sub _write_restock  { my ($self) = @_; return $self->_stock('restock') }

sub _stock {
    my ($self, $kind) = @_;
    my $random = $self->{random};
    my $id = $random->chance(0.5) ? $random->pick($self->{shop}->hot)
        : $random->pick($self->{shop}->all);
    my @key = $random->chance(KEYED)
        ? (headers => [ 'Idempotency-Key' => $self->_key ]) : ();
    return {
        is      => 'w',
        kind    => $kind,
        method  => 'POST',
        path    => "/$id/$kind",
        json    => { quantity => $random->between(1, 3) },
        subject => "id=$id",
        @key
    };
}

sub _key {
    my ($self) = @_;
    return "key-$self->{seed}-$self->{name}-" . ++$self->{count};
}

# The same again, through any nginx: what is told of it again is acknowledged
# there, too, though the version is not told again.
sub _repeat {
    my ($self, $request, $version) = @_;
    my %again = map { $_ => $request->{$_} }
        qw(is method path json subject headers);
    return {
        %again,
        kind    => 'replay',
        version => $version,
        port    => $self->{random}->pick(@{ $self->{ports} }),
    };
}

# An edit of a product of its own, which is busy until it is answered; chain:
# edits to be made after it, [product, changes] each.
sub _edit {
    my ($self, $kind, $product, $changes, @chain) = @_;
    $product->{busy} = 1;
    my %json;
    for my $member (keys %{$changes}) {
        my $value = $changes->{$member};
        if ($member eq 'word') {
            $json{name} = "Named $value by edit " . ++$self->{count};
            next;
        }
        $json{$member} = length $value ? $value : undef;
    }
    return {
        is      => 'w',
        kind    => $kind,
        method  => 'PATCH',
        path    => "/$product->{id}",
        json    => \%json,
        subject => "id=$product->{id}",
        product => $product,
        changes => $changes,
        chain   => \@chain,
    };
}

sub _write_rename {
    my ($self) = @_;
    my $product = $self->{shop}->free($self->{random}) or return;
    return $self->_edit(rename => $product,
        { word => $self->{shop}->any_word($self->{random}) });
}

sub _write_move {
    my ($self) = @_;
    my $product = $self->{shop}->free($self->{random}) or return;
    my $changes = { category => $self->{shop}->any_category($self->{random}) };

    # The second time it changes nothing, but is acknowledged all the same.
    return $self->_edit(move => $product, $changes,
        $self->{random}->chance(0.4) ? [ $product, $changes ] : ());
}

# Two products change their skus.
sub _write_swap {
    my ($self) = @_;
    my ($one, $other) = map { $self->{shop}->free($self->{random}) } 1, 2;
    return if !$other || $one == $other;
    my ($first, $second) = map { $_->{sku} } $one, $other;
    return if !length $first || !length $second;
    $other->{busy} = 1;
    return $self->_edit(
        swap => $one, { sku => '' },
        [ $other, { sku => $first } ],
        [ $one,   { sku => $second } ],
    );
}

sub _write_create {
    my ($self) = @_;
    my %product = $self->{shop}->invent($self->{random}) or return;
    return {
        is      => 'w',
        kind    => 'create',
        method  => 'POST',
        path    => '',
        json    => Inv::Coherence::Shop::json_of(\%product),
        product => \%product,
        changes => Inv::Coherence::Shop::changes_of(\%product),
        subject => '',
    };
}

sub _write_delete {
    my ($self) = @_;
    my $product = $self->{shop}->free($self->{random}, 'deletable') or return;
    $product->{busy} = 1;
    return {
        is      => 'w',
        kind    => 'delete',
        method  => 'DELETE',
        path    => "/$product->{id}",
        subject => "id=$product->{id}",
        product => $product,
        changes => { alive => 0 },
    };
}


# Answers.

sub _heard {
    my ($self, $response, $request) = @_;
    my $ended = now();
    my ($items, $more, $odd) = $self->_shown($response, $request);
    my $status = $response->status;

    # What nobody has taken has changed nothing.
    my $is_sent = ($response->{error} // '') !~ /^connect:/;
    sleep PAUSE if !$status;
    my $subject = $request->{subject};

    $subject = "id=$items->[0][0]"
        if $request->{kind} eq 'create' && $status == 201;
    $self->{out}->write(
        (map { $_ => $request->{$_} } qw(is kind port began)),
        changes => $is_sent ? $request->{changes} : {},
        worker  => $response->header('X-Worker') // '',
        ended   => $ended,
        status  => $status,
        cache   => $response->header('Cache-Status') // '',
        subject => $subject,
        whole   => $status =~ /^(?:200|404)$/ && !$more ? 1 : '',
        items   => $items,
        odd     => $odd,
    );
    return if $request->{is} ne 'w';
    if (!$is_sent) {
        delete $_->{busy} for grep {defined} $request->{product},
            map { $_->[0] } @{ $request->{chain} // [] };
        return;
    }
    $self->_after_write($request, $status, $items);
    return;
}

# What an answer shows: items, whether there is a next page, what is odd.
sub _shown {
    my ($self, $response, $request) = @_;
    my $status = $response->status;
    my $body = $response->body // '';
    my ($etag) = ($response->header('ETag') // '') =~ /^(?:W\/)?"(\d+)"$/;
    my ($id) = $request->{subject} =~ /^id=(\w+)$/;

    return ([], 0, '') if !$status || $status >= 500 || $status == 404;
    if ($request->{is} eq 'w' && $request->{method} eq 'POST' && $id) {
        # The version is told where it is known.
        $etag //= $request->{version};
        return ($etag ? [ [ $id, $etag, '' ] ] : [], 0, '') if $status == 200;
        return ([], 0, $status == 409 ? '' : "a status of $status");
    }
    return ([], 0, '') if $status == 204 || $status == 409;
    return ([], 0, "a status of $status: $body") if $status !~ /^(?:20[01]|304)$/;
    if (!length $body) {
        return ([], 0, 'no ETag') if !$etag;
        $self->{seen}{$id} = $etag;
        return ([ [ $id, $etag, '' ] ], 0, '');
    }
    my (@items, $odd);
    while ($body =~ /(\{"id":"([0-9a-f]{24})"[^{}]*?"version":(\d+)[^{}]*\})/g) {
        push @items, [ $2, $3, substr md5_base64($1), 0, 12 ];
    }
    my $is_list = $body =~ /^\{"items":/;
    $odd = 'no product' if !$is_list && @items != 1;
    $odd //= "ETag $etag" if !$is_list && $etag && $etag != $items[0][1];
    $odd //= "product $items[0][0]" if !$is_list && $id && $id ne $items[0][0];
    $self->{seen}{ $_->[0] } = $_->[1] for @items;
    return (\@items, $body =~ /"next":"/ ? 1 : 0, $odd // '');
}

sub _after_write {
    my ($self, $request, $status, $items) = @_;
    my $product = $request->{product};
    my $done = $status =~ /^2/;

    $self->_settle($request, $done, $items) if $product;
    return if !$done;
    my ($id) = $product ? $product->{id} : $request->{subject} =~ /^id=(\w+)$/;
    push @{ $self->{recent} }, $id;
    shift @{ $self->{recent} } if @{ $self->{recent} } > 30;
    unshift @{ $self->{next} }, $self->_repeat($request, $items->[0][1])
        if $request->{headers} && @{$items} && $request->{kind} ne 'replay';
    $self->_follow($id, $request);
    return;
}

# What has become of a product of its own.
sub _settle {
    my ($self, $request, $done, $items) = @_;
    my $product = $request->{product};
    my @chain = @{ $request->{chain} // [] };
    my $shop = $self->{shop};

    # What is still to come is not to be edited by others in between.
    delete $_->{busy} for $product, map { $_->[0] } @chain;
    if (!$done) {
        $shop->give_up($product) if $request->{kind} ne 'create';
        return;
    }
    $_->{busy} = 1 for map { $_->[0] } @chain;
    if ($request->{kind} eq 'create') {
        $product->{id} = $items->[0][0];
        $shop->born($product);
        return;
    }
    return $shop->gone($product) if $request->{kind} eq 'delete';
    $product->{$_} = $request->{changes}{$_} for keys %{ $request->{changes} };
    if (my $next = shift @chain) {
        my $edit = $self->_edit($request->{kind}, @{$next}, @chain);
        $edit->{port} = $self->{random}->pick(@{ $self->{ports} });
        unshift @{ $self->{next} }, $edit;
    }
    return;
}

# Reads of what has just been written: most where it was, some elsewhere.
sub _follow {
    my ($self, $id, $request) = @_;
    my $random = $self->{random};
    for (1 .. $random->between(0, 4)) {
        my $read = $self->_read($random->pick(@{ $self->{reads} }), $id);
        $read->{port} = $request->{port} if $random->chance(0.8);
        push @{ $self->{next} }, $read;
    }
    if (($request->{changes} // {})->{category} && $self->{features}{category}) {
        my $read = $self->_read(category => $id);
        $read->{port} = $request->{port};
        push @{ $self->{next} }, $read;
    }
    return;
}

1;
